import { DvrError } from '../errors/index.ts';
import { decodeBatch } from '../ledger/batch/decode-batch.ts';
import type { BatchEntry } from '../ledger/port.ts';
import type { Batch } from '../ledger/segment.ts';
import type { BatchOpener } from '../sealing/index.ts';
import type { GapCause } from '../tape/gap.ts';

/** A batch of a stream, opened. */
export interface OpenedEntry {
  readonly batch: Batch;
  readonly takenAt: number;
  /** Why batches of this instance are missing before this one; absent where none are. */
  readonly hole?: GapCause;
  /** Earlier instances that ended without their last batch, now that another has begun in their place. */
  readonly died: readonly string[];
}

/** What a stream lost. */
export interface StreamLosses {
  /** Batches that did not open, or were damaged. */
  readonly unsealable: number;
  /** Batches that never came, the unsealable ones apart. */
  readonly missing: number;
  /** Batches that were trimmed behind the end of the hold copy, before it could take them over. */
  readonly overtaken: number;
  /** Whether batches of the window had been trimmed before the stream was held; so too where nothing is left of it. */
  readonly evicted: boolean;
  /** Instances that ended without their last batch. */
  readonly died: number;
}

/** One interceptor process, as far as its batches tell. */
interface Instance {
  sequence: number;
  takenAt: number;
  /** How many cuts of the hold copy came before its last batch. */
  cuts: number;
  /** It said that no batch follows, or was told to have died. */
  ended: boolean;
}

/**
 * Opens the batches of one stream in order: each sequence of an instance once (an interceptor may have sent it twice),
 * with the holes told.
 */
export class StreamOpener {
  readonly #opener: BatchOpener;
  readonly #stream: string;
  readonly #fromMs: number;
  readonly #silent: boolean;
  readonly #instances = new Map<string, Instance>();
  #firstAt: number | undefined;
  #firstSequence: number | undefined;
  #unsealable = 0;
  /** Those since the last batch that opened. */
  #newlyUnsealable = 0;
  #missing = 0;
  #overtaken = 0;
  #cuts = 0;
  #died = 0;
  #trimmedInWindow = false;

  /** `fromMs` is the window's start on the ledger's clock; `silent`, that its interceptor was not heard of any more. */
  constructor(opener: BatchOpener, stream: string, fromMs: number, silent = false) {
    this.#opener = opener;
    this.#stream = stream;
    this.#fromMs = fromMs;
    this.#silent = silent;
  }

  get losses(): StreamLosses {
    return {
      unsealable: this.#unsealable,
      missing: Math.max(0, this.#missing - this.#unsealable),
      overtaken: this.#overtaken,
      evicted: this.#firstAt === undefined || (this.#trimmedInWindow && this.#firstSequence !== 1),
      died: this.#died,
    };
  }

  /** Opens one entry; `undefined` where it was seen already or does not open. */
  open(entry: BatchEntry): OpenedEntry | undefined {
    const { takenAt, trimmedTo } = entry;
    this.#firstAt ??= takenAt;
    if (entry.behindCut) this.#cuts++;
    // A held copy keeps what the stream loses later: only what was trimmed before its first entry is lost.
    if (trimmedTo >= this.#fromMs && trimmedTo < this.#firstAt) this.#trimmedInWindow = true;
    try {
      const { instance, sequence, bytes } = this.#opener.open(entry.sealed, this.#stream);
      const known = this.#instances.get(instance);
      if (known !== undefined && sequence <= known.sequence) return undefined;
      const batch = decodeBatch(bytes);
      if (batch.header.instance !== instance)
        throw new DvrError('batch-damaged', 'a batch of another instance');
      const beganAt = processBegan(batch, takenAt);
      const hole = known === undefined ? this.#missingFirst(beganAt, sequence) : this.#hole(known, sequence);
      const died = known === undefined ? this.#silentSince(beganAt) : [];
      const ended = known?.ended === true || batch.records.some(({ kind }) => kind === 'closed');
      this.#instances.set(instance, { sequence, takenAt, cuts: this.#cuts, ended });
      this.#firstSequence ??= sequence;
      this.#newlyUnsealable = 0;
      return { batch, takenAt, died, ...(hole === undefined ? {} : { hole }) };
    } catch (error) {
      if (!(error instanceof DvrError)) throw error;
      this.#unsealable++;
      this.#newlyUnsealable++;
      return undefined;
    }
  }

  /** No batch follows. A silent interceptor that did not say so itself has died, or is cut off from the ledger. */
  end(): void {
    if (this.#silent) this.#silentSince(Number.POSITIVE_INFINITY);
  }

  /** The first batch that is held of an instance should be its first one, where its process began in what is held. */
  #missingFirst(beganAt: number, sequence: number): GapCause | undefined {
    const beganInHold = beganAt > (this.#firstAt ?? beganAt);
    if (!beganInHold && this.#trimmedInWindow) return sequence > 1 ? 'evicted' : undefined;
    return beganInHold || beganAt > this.#fromMs ? this.#lose(sequence - 1) : undefined;
  }

  #hole({ sequence: last, cuts }: Instance, sequence: number): GapCause | undefined {
    const missing = sequence - last - 1;
    if (missing === 0 || cuts === this.#cuts) return this.#lose(missing);
    this.#overtaken += missing;
    return 'evicted';
  }

  #lose(batches: number): GapCause | undefined {
    this.#missing += batches;
    if (batches === 0) return undefined;
    return this.#newlyUnsealable > 0 ? 'unsealable' : 'ledger_overload';
  }

  /** The instances that had fallen silent by `moment`, without an end. */
  #silentSince(moment: number): readonly string[] {
    const died: string[] = [];
    for (const [name, instance] of this.#instances) {
      if (instance.ended || instance.takenAt >= moment) continue;
      instance.ended = true;
      died.push(name);
    }
    this.#died += died.length;
    return died;
  }
}

/**
 * When the process of a batch began, on the ledger's clock, milliseconds: by the process's own clock and the wall's, of
 * which the earlier counts, since a batch may have waited for the ledger and the wall clock may be off.
 */
function processBegan({ header: { clock } }: Batch, takenAt: number): number {
  return Math.min(takenAt, clock.wallMs) - clock.process / 1e6;
}

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
}

/** What a stream lost, in batches. */
export interface StreamLosses {
  /** Batches that did not open, or were damaged. */
  readonly unsealable: number;
  /** Batches that never came, the unsealable ones apart. */
  readonly missing: number;
  /** Whether batches of the window had been trimmed before the stream was held; so too where nothing is left of it. */
  readonly evicted: boolean;
}

/**
 * Opens the batches of one stream in order: each sequence of an instance once (an interceptor may have sent it twice),
 * with the holes told.
 */
export class StreamOpener {
  readonly #opener: BatchOpener;
  readonly #stream: string;
  readonly #fromMs: number;
  /** The last sequence of each instance. */
  readonly #last = new Map<string, number>();
  #firstAt: number | undefined;
  #firstSequence: number | undefined;
  #unsealable = 0;
  /** Those since the last batch that opened. */
  #newlyUnsealable = 0;
  #missing = 0;
  #trimmedInWindow = false;

  /** `fromMs` is the window's start on the ledger's clock. */
  constructor(opener: BatchOpener, stream: string, fromMs: number) {
    this.#opener = opener;
    this.#stream = stream;
    this.#fromMs = fromMs;
  }

  get losses(): StreamLosses {
    return {
      unsealable: this.#unsealable,
      missing: Math.max(0, this.#missing - this.#unsealable),
      evicted: this.#firstAt === undefined || (this.#trimmedInWindow && this.#firstSequence !== 1),
    };
  }

  /** Opens one entry; `undefined` where it was seen already or does not open. */
  open(entry: BatchEntry): OpenedEntry | undefined {
    this.#firstAt ??= entry.takenAt;
    // A held copy keeps what the stream loses later: only what was trimmed before its first entry is lost.
    const { trimmedTo } = entry;
    if (trimmedTo >= this.#fromMs && trimmedTo < this.#firstAt) this.#trimmedInWindow = true;
    try {
      const { instance, sequence, bytes } = this.#opener.open(entry.sealed, this.#stream);
      const last = this.#last.get(instance);
      if (last !== undefined && sequence <= last) return undefined;
      const batch = decodeBatch(bytes);
      if (batch.header.instance !== instance)
        throw new DvrError('batch-damaged', 'a batch of another instance');
      const hole = this.#hole(last, sequence);
      this.#last.set(instance, sequence);
      this.#firstSequence ??= sequence;
      this.#newlyUnsealable = 0;
      return { batch, takenAt: entry.takenAt, ...(hole === undefined ? {} : { hole }) };
    } catch (error) {
      if (!(error instanceof DvrError)) throw error;
      this.#unsealable++;
      this.#newlyUnsealable++;
      return undefined;
    }
  }

  #hole(last: number | undefined, sequence: number): GapCause | undefined {
    if (last === undefined) return this.#trimmedInWindow && sequence > 1 ? 'evicted' : undefined;
    const missing = sequence - last - 1;
    this.#missing += missing;
    if (missing === 0) return undefined;
    return this.#newlyUnsealable > 0 ? 'unsealable' : 'ledger_overload';
  }
}

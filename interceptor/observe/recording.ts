import type { Sender } from '../../ledger/segment.ts';
import type { GapCause } from '../../tape/gap.ts';
import type { Slab } from '../relay/slab.ts';
import type { Transit } from '../relay/transit.ts';
import type { Batches } from './batches.ts';
import { processTime } from './clock.ts';
import type { ObserverCounters } from './counters.ts';

/** A span of the segment at hand that is not recorded, from its first byte. */
interface Cut {
  readonly from: number;
  readonly to: number;
  readonly message: number;
  readonly cause: GapCause;
  /** The message ends at `to`, and its end has to be told. */
  readonly ended: boolean;
}

const nothing = Buffer.alloc(0);
const never = Number.POSITIVE_INFINITY;

/**
 * Records what one sender of one connection sends: a data record for each segment, with the mark of the first message
 * that begins in it, less what the tunnel leaves out. Most segments are recorded whole; what is cut is cut behind the
 * scanner, when all that begins and ends in the segment is known.
 */
export class Recording {
  /** Everything that this sender sent before the segment at hand. */
  offset = 0;
  time = 0;
  readonly #connection: number;
  readonly #sender: Sender;
  readonly #batches: Batches;
  readonly #transit: Transit;
  readonly #counters: ObserverCounters;
  /** Where the segment's bytes stand in its slab. */
  #base = 0;
  #recorded = false;
  /** From here on, in everything that was sent, message `#limited` is left out. */
  #limitAt = never;
  #limited = 0;
  #limitCause: GapCause = 'body_limit';
  /** Nothing is recorded from here on. */
  #stopAt = never;
  /** Messages that begin in the segment, and where: pairs, of which `#beginCount` numbers count. */
  readonly #begins: number[] = [];
  #beginCount = 0;
  #cuts: Cut[] = [];

  constructor(
    connection: number,
    sender: Sender,
    batches: Batches,
    transit: Transit,
    counters: ObserverCounters,
  ) {
    this.#connection = connection;
    this.#sender = sender;
    this.#batches = batches;
    this.#transit = transit;
    this.#counters = counters;
  }

  get stopped(): boolean {
    return this.#stopAt !== never;
  }

  /** Room for the next segment: in the batch, or beside it where it is left out by all that is known. */
  reserve(length: number): Slab {
    this.time = processTime();
    this.#recorded = this.#limitAt > this.offset && !this.stopped;
    if (!this.#recorded) return this.#transit.reserve();
    return this.#batches.reserve(this.#connection, this.#sender, this.time, this.offset, length);
  }

  /** The scanner begins with bytes that stand at `base`: all positions that follow are counted as it does. */
  enter(base: number): void {
    this.#base = base;
    this.#beginCount = 0;
  }

  /**
   * Has the observer look at bytes that were recorded before the segment at hand, `length` of them right before it, when
   * what they are was not known yet. They have no marks.
   */
  before(length: number, look: () => void): void {
    const [recorded, base] = [this.#recorded, this.#base];
    this.#recorded = false;
    this.enter(length);
    look();
    this.enter(base);
    this.#recorded = recorded;
  }

  /** A position of the scanner in everything that this sender sent. */
  absolute(position: number): number {
    return this.offset + position - this.#base;
  }

  begin(message: number, position: number): void {
    const at = position - this.#base;
    if (this.#recorded) this.#batches.mark(this.#base, message, at);
    this.#begins[this.#beginCount++] = message;
    this.#begins[this.#beginCount++] = at;
  }

  /** Leaves `message` out from the absolute offset `from` on, up to its end. */
  limit(message: number, from: number, cause: GapCause): void {
    this.#limitAt = from;
    this.#limited = message;
    this.#limitCause = cause;
  }

  /** The message ends before `position`. */
  end(position: number): void {
    if (this.#limitAt === never) return;
    const end = this.absolute(position);
    if (end > this.#limitAt) this.#cut(end, true);
    this.#limitAt = never;
  }

  /** Leaves out what lies from one position to another: content of `message`, with framing around it. */
  leaveOut(message: number, from: number, to: number, cause: GapCause): void {
    this.#cuts.push({ from: from - this.#base, to: to - this.#base, message, cause, ended: false });
  }

  /** Records nothing from `position` on. */
  stop(position: number): void {
    if (this.stopped) return;
    this.#stopAt = this.absolute(position);
    this.#limitAt = never;
  }

  /** Records nothing of this segment nor of any later one. */
  withdraw(slab: Slab): void {
    this.#stopAt = this.offset;
    if (this.#recorded) this.#batches.truncate(slab.at, 0, slab.held);
  }

  /** The scanner is through the segment: `length` bytes, of which `source` has a copy. */
  leave(slab: Slab, source: Buffer, length: number): void {
    const end = this.offset + length;
    if (this.#limitAt < end) this.#cut(end, false);
    if (this.#cuts.length > 0 || this.#stopAt < end || !this.#recorded) this.#carve(slab, source, length);
    this.offset = end;
  }

  /** The sender is done; `scan` tells the scanner, which may end a message by that. */
  finish(scan: () => void): void {
    this.time = processTime();
    this.#recorded = false;
    this.enter(0);
    scan();
    this.#carve(undefined, nothing, 0);
  }

  #cut(end: number, ended: boolean): void {
    const from = Math.max(this.#limitAt, this.offset) - this.offset;
    const [message, cause] = [this.#limited, this.#limitCause];
    this.#cuts.push({ from, to: end - this.offset, message, cause, ended: ended && cause !== 'ignored' });
  }

  /** Keeps what lies between the cuts. */
  #carve(slab: Slab | undefined, source: Buffer, length: number): void {
    const recorded = this.#recorded ? slab : undefined;
    this.#recorded = false;
    const kept = Math.min(length, Math.max(0, this.#stopAt - this.offset));
    const first = Math.min(kept, this.#cuts[0]?.from ?? kept);
    if (recorded === undefined) this.#keep(source, 0, first);
    else if (first < length) this.#batches.truncate(recorded.at, first, recorded.held);
    for (const [i, cut] of this.#cuts.entries()) {
      this.#tellCut(cut);
      this.#keep(source, cut.to, Math.min(kept, this.#cuts[i + 1]?.from ?? kept));
    }
    this.#counters.opaqueBytes += length - kept;
    this.#cuts = [];
  }

  #tellCut({ from, to, message, cause, ended }: Cut): void {
    const at = this.offset + from;
    this.#counters.leftOutBytes[cause] = (this.#counters.leftOutBytes[cause] ?? 0) + to - from;
    if (to > from) {
      this.#batches.skip(this.#connection, this.#sender, this.time, at, to - from, message, cause);
    }
    if (ended) {
      this.#batches.messageEnd(this.#connection, this.#sender, this.time, message, this.offset + to);
    }
  }

  #keep(source: Buffer, from: number, to: number): void {
    if (to <= from) return;
    const bytes = source.subarray(from, to);
    const slab = this.#batches.data(this.#connection, this.#sender, this.time, this.offset + from, bytes);
    for (let i = 0; i < this.#beginCount; i += 2) {
      const at = this.#begins[i + 1] ?? 0;
      if (at < from || at >= to) continue;
      this.#batches.mark(slab.at, this.#begins[i] ?? 0, at - from);
      return;
    }
  }
}

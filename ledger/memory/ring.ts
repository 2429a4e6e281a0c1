import type { SealedBatch } from '../../sealing/index.ts';

/** A sealed batch in memory, in the pieces that it came in. */
export interface RingEntry {
  readonly entryId: string;
  readonly takenAt: number;
  readonly trimmedTo: number;
  readonly batch: SealedBatch;
  /** See `BatchEntry`; set in hold copies alone. */
  readonly behindCut?: true;
}

/** What an entry costs beyond its payload, about, bytes. */
const entryOverhead = 256;

/** The batches of one interceptor: the oldest go when they are too old, or when the rest would not fit the budget. */
export class Ring {
  readonly #budget: number;
  readonly #retentionMs: number;
  #entries: RingEntry[] = [];
  /** Index of the oldest; what stands before is gone and is cut off now and then. */
  #first = 0;
  #bytes = 0;
  #trimmedTo = 0;

  constructor(budgetBytes: number, retentionMs: number) {
    this.#budget = budgetBytes;
    this.#retentionMs = retentionMs;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** When the newest entry came; `undefined` for an empty ring. */
  get newestAt(): number | undefined {
    return this.#entries.at(-1)?.takenAt;
  }

  push(entryId: string, takenAt: number, batch: SealedBatch): void {
    this.#entries.push({ entryId, takenAt, trimmedTo: this.#trimmedTo, batch });
    this.#bytes += batch.bytes + entryOverhead;
    this.#trim(takenAt);
  }

  /** Whether an entry is still there. */
  holds(entryId: string): boolean {
    return this.#entries.findIndex((entry) => entry.entryId === entryId) >= this.#first;
  }

  /** The entries behind the one with id `after`, or all where the ring does not hold it (any more). */
  since(after: string | undefined): readonly RingEntry[] {
    const kept = this.#entries.slice(this.#first);
    const known = kept.findIndex((entry) => entry.entryId === after);
    return known === -1 ? kept : kept.slice(known + 1);
  }

  /** Likewise; the first says where entries before it may be gone. */
  behind(after: string | undefined): readonly RingEntry[] {
    const [first, ...others] = this.since(after);
    if (first === undefined) return [];
    const isCut = after !== undefined && !this.holds(after);
    return [isCut ? { ...first, behindCut: true } : first, ...others];
  }

  #trim(now: number): void {
    for (;;) {
      const oldest = this.#entries[this.#first];
      if (oldest === undefined || this.#first === this.#entries.length - 1) return;
      const tooOld = oldest.takenAt < now - this.#retentionMs;
      if (!tooOld && this.#bytes <= this.#budget) return;
      this.#trimmedTo = oldest.takenAt;
      this.#bytes -= oldest.batch.bytes + entryOverhead;
      this.#first++;
      if (this.#first >= 1024 && this.#first * 2 > this.#entries.length) {
        this.#entries = this.#entries.slice(this.#first);
        this.#first = 0;
      }
    }
  }
}

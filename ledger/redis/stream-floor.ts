/** An entry's id: Redis's clock in milliseconds and a count within it. */
export interface EntryId {
  readonly ms: number;
  readonly count: number;
}

/** Parses `1700000000000-3`; `undefined` where it is none. */
export function parseEntryId(text: string): EntryId | undefined {
  const parts = /^(\d{1,15})-(\d{1,15})$/.exec(text);
  return parts === null ? undefined : { ms: Number(parts[1]), count: Number(parts[2]) };
}

/** What Redis spends on an entry beyond its payload, about, bytes. */
const entryOverhead = 160;

/**
 * Decides up to where a stream is trimmed, from the ids and sizes of what this process appended: what is older than
 * the retention goes, and then the oldest until the rest fits the budget. The newest always stays.
 */
export class StreamFloor {
  readonly #budget: number;
  readonly #retentionMs: number;
  /** A ring of (ms, count, bytes) of the entries that are kept. */
  #ring = new Float64Array(3 * 1024);
  #first = 0;
  #length = 0;
  #bytes = 0;
  #newestMs = 0;
  /** Id of the newest entry that the budget put out, or that was lost with its stream. */
  #evictedMs = -1;
  #evictedCount = 0;

  constructor(budgetBytes: number, retentionMs: number) {
    this.#budget = budgetBytes;
    this.#retentionMs = retentionMs;
  }

  /** Bytes that are kept, with overhead. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Redis took an entry. */
  took(id: EntryId, bytes: number): void {
    this.#push(id.ms, id.count, bytes + entryOverhead);
    this.#newestMs = id.ms;
    while (this.#length > 1 && this.#ms(0) < id.ms - this.#retentionMs) this.#shift();
    while (this.#length > 1 && this.#bytes > this.#budget) {
      this.#evictedMs = this.#ms(0);
      this.#evictedCount = this.#ring[this.#slot(0) + 1] ?? 0;
      this.#shift();
    }
  }

  /** The stream is gone, with all that it held. */
  lost(): void {
    this.#evictedMs = this.#newestMs;
    this.#evictedCount = 0;
    this.#length = 0;
    this.#bytes = 0;
  }

  /** The smallest id that stays: an argument of `MINID`. */
  get minId(): string {
    const oldest = this.#newestMs - this.#retentionMs;
    if (this.#evictedMs >= oldest && this.#evictedMs >= 0)
      return `${this.#evictedMs}-${this.#evictedCount + 1}`;
    return `${Math.max(0, oldest)}-0`;
  }

  /** What came at this moment of Redis's clock or before may be gone, milliseconds; 0 if nothing was. */
  get trimmedTo(): number {
    return Math.max(0, this.#newestMs - this.#retentionMs - 1, this.#evictedMs);
  }

  #slot(index: number): number {
    return ((this.#first + index) * 3) % this.#ring.length;
  }

  #ms(index: number): number {
    return this.#ring[this.#slot(index)] ?? 0;
  }

  #shift(): void {
    this.#bytes -= this.#ring[this.#slot(0) + 2] ?? 0;
    this.#first = (this.#first + 1) % (this.#ring.length / 3);
    this.#length--;
  }

  #push(ms: number, count: number, bytes: number): void {
    if (this.#length * 3 === this.#ring.length) this.#grow();
    this.#ring.set([ms, count, bytes], this.#slot(this.#length));
    this.#length++;
    this.#bytes += bytes;
  }

  #grow(): void {
    const larger = new Float64Array(this.#ring.length * 2);
    const from = this.#first * 3;
    larger.set(this.#ring.subarray(from));
    larger.set(this.#ring.subarray(0, from), this.#ring.length - from);
    this.#ring = larger;
    this.#first = 0;
  }
}

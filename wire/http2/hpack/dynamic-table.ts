import type { TableEntry } from './table-entry.ts';

const firstRoom = 8;

/** A dynamic table (RFC 7541 section 2.3.2): first in, first out, bounded by the size of its entries. */
export class DynamicTable {
  /** Sum of its entries' sizes, octets. */
  size = 0;
  count = 0;
  #max: number;
  /** A ring whose length is a power of two; the newest entry stands at `#newest`. */
  #ring: (TableEntry | undefined)[] = [];
  #newest = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get max(): number {
    return this.#max;
  }

  /** The entry that came `back` before the newest, from 0. */
  at(back: number): TableEntry | undefined {
    return back < this.count ? this.#ring[(this.#newest + back) & (this.#ring.length - 1)] : undefined;
  }

  /** Adds an entry, for which older ones go. One that is larger than the table empties it. */
  add(entry: TableEntry): void {
    this.#shrinkTo(this.#max - entry.size);
    if (entry.size > this.#max) return;
    if (this.count === this.#ring.length) this.#grow();
    this.#newest = (this.#newest - 1) & (this.#ring.length - 1);
    this.#ring[this.#newest] = entry;
    this.size += entry.size;
    this.count++;
  }

  resize(max: number): void {
    this.#max = max;
    this.#shrinkTo(max);
  }

  #shrinkTo(size: number): void {
    while (this.size > size && this.count > 0) {
      this.count--;
      const oldest = (this.#newest + this.count) & (this.#ring.length - 1);
      this.size -= this.#ring[oldest]?.size ?? 0;
      this.#ring[oldest] = undefined;
    }
  }

  #grow(): void {
    const entries = Array.from({ length: this.count }, (_, back) => this.at(back));
    const room = Math.max(firstRoom, this.#ring.length * 2);
    this.#ring = entries.concat(new Array(room - entries.length).fill(undefined));
    this.#newest = 0;
  }
}

import type { Body, TapeTime } from '../../tape/exchange.ts';

/** When each byte of a body arrived. Asked for positions in order, it reads the arrivals once. */
export class ArrivalTimes {
  readonly #arrivals: Body['arrivals'];
  #index = 0;
  /** Bytes that arrived before the arrival at `#index`. */
  #before = 0;

  constructor(arrivals: Body['arrivals']) {
    this.#arrivals = arrivals;
  }

  /**
   * When the byte at `position` (from 0) arrived; the last arrival for one behind all of them. Undefined where nothing
   * arrived. Positions must not fall.
   */
  of(position: number): TapeTime | undefined {
    while (this.#index < this.#arrivals.length - 1) {
      const bytes = this.#arrivals[this.#index]?.[1] ?? 0;
      if (position < this.#before + bytes) break;
      this.#before += bytes;
      this.#index++;
    }
    return this.#arrivals[this.#index]?.[0];
  }
}

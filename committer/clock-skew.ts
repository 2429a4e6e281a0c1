/**
 * Finds how far the ledger's clock is ahead of an interceptor's wall clock, milliseconds: the smallest difference
 * between when a batch was taken and when its last record was written, since waiting only ever adds to it.
 */
export class ClockSkew {
  #aheadMs: number | undefined;

  add(takenAt: number, wallMs: number): void {
    this.#aheadMs = Math.min(this.#aheadMs ?? Number.POSITIVE_INFINITY, takenAt - wallMs);
  }

  get aheadMs(): number {
    return this.#aheadMs ?? 0;
  }
}

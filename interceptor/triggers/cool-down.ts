const mostFingerprints = 1024;

/**
 * Remembers which failures were committed a moment ago. At most 1024 fingerprints are remembered; past that the oldest
 * is forgotten, and may fire early.
 */
export class CoolDown {
  readonly #ms: number;
  readonly #firedAt = new Map<string, number>();

  constructor(ms: number) {
    this.#ms = ms;
  }

  /** Whether `fingerprint` may fire at `nowMs`; if so it cools down from now on. */
  admits(fingerprint: string, nowMs: number): boolean {
    const last = this.#firedAt.get(fingerprint);
    if (last !== undefined && nowMs - last < this.#ms) return false;
    this.#firedAt.delete(fingerprint);
    this.#firedAt.set(fingerprint, nowMs);
    if (this.#firedAt.size > mostFingerprints) {
      for (const oldest of this.#firedAt.keys()) {
        this.#firedAt.delete(oldest);
        break;
      }
    }
    return true;
  }
}

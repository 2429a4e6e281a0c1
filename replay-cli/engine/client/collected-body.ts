import type { ReplayTime } from '../port.ts';

/** Bytes of a body that are kept; the rest is counted. */
const bodyLimit = 16 * 1024 * 1024;
/** Moments that are kept; from then on the last one stands for all. */
const arrivalLimit = 100_000;

/** A response's body as it comes in, as far as memory goes. */
export class CollectedBody {
  readonly #pieces: Uint8Array[] = [];
  readonly #arrivals: [at: ReplayTime, bytes: number][] = [];
  #size = 0;
  /** Bytes behind the kept ones. */
  dropped = 0;

  /** `bytes` must not be written to afterwards. */
  add(bytes: Uint8Array, at: ReplayTime): void {
    const kept = Math.min(bodyLimit - this.#size, bytes.length);
    this.dropped += bytes.length - kept;
    if (kept === 0) return;
    this.#size += kept;
    this.#pieces.push(bytes.subarray(0, kept));
    const last = this.#arrivals.at(-1);
    if (last !== undefined && (last[0] === at || this.#arrivals.length >= arrivalLimit)) last[1] += kept;
    else this.#arrivals.push([at, kept]);
  }

  bytes(): Uint8Array {
    const [only] = this.#pieces;
    return only !== undefined && this.#pieces.length === 1 ? only : Buffer.concat(this.#pieces);
  }

  /** When which of the kept bytes came. */
  get arrivals(): readonly (readonly [at: ReplayTime, bytes: number])[] {
    return this.#arrivals;
  }
}

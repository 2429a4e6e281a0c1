import type { Body, BodyFraming, HeaderField, TapeTime } from '../../tape/exchange.ts';
import type { GapCause } from '../../tape/gap.ts';

/** Arrivals kept of one body; later ones are counted to the last, at the time when all of its bytes had come. */
const mostArrivals = 16_384;

/** What has come of one message behind its head. How its end is told is up to its protocol. */
export abstract class DecodedMessage {
  readonly beganAt: TapeTime;
  /** Absent until its last byte came. */
  endedAt: TapeTime | undefined;
  trailers: HeaderField[] | undefined;
  /** What came before the first byte that can be kept. */
  missed: Body['missed'];
  readonly #limit: number;
  readonly #parts: Uint8Array[] = [];
  readonly #arrivals: [at: TapeTime, bytes: number][] = [];
  #size = 0;
  #lost: { bytes: number; readonly cause: GapCause } | undefined;

  /** `limit`: bytes kept of the body. */
  constructor(beganAt: TapeTime, limit: number) {
    this.beganAt = beganAt;
    this.#limit = limit;
  }

  /** As the tape has it. */
  abstract get framing(): BodyFraming;

  /** Body bytes came: a copy of `chunk` from `start` to `end` is kept. Behind lost bytes none are. */
  add(at: TapeTime, chunk: Uint8Array, start: number, end: number): void {
    const kept = this.#lost === undefined ? Math.min(end - start, this.#limit - this.#size) : 0;
    if (kept > 0) {
      this.#parts.push(Uint8Array.prototype.slice.call(chunk, start, start + kept));
      this.#size += kept;
      this.#arrived(at, kept);
    }
    if (end - start > kept) this.lose(end - start - kept, 'body_limit');
  }

  #arrived(at: TapeTime, bytes: number): void {
    const last = this.#arrivals.at(-1);
    if (last === undefined || (last[0] !== at && this.#arrivals.length < mostArrivals)) {
      this.#arrivals.push([at, bytes]);
    } else {
      last[0] = at;
      last[1] += bytes;
    }
  }

  /** Bytes of the body are missing from here on. The first cause stays. */
  lose(bytes: number, cause: GapCause): void {
    if (this.#lost === undefined) this.#lost = { bytes, cause };
    else this.#lost.bytes += bytes;
  }

  /** All the rest is missing, `missing` bytes at least where nothing else tells. */
  loseRest(missing: number, cause: GapCause): void {
    this.lose(missing, cause);
  }

  /** Bytes that are kept. */
  get size(): number {
    return this.#size;
  }

  /** Bytes that came, kept or not. */
  get counted(): number {
    return this.#size + (this.#lost?.bytes ?? 0);
  }

  get isLosing(): boolean {
    return this.#lost !== undefined;
  }

  get bytes(): Uint8Array {
    const [first] = this.#parts;
    return this.#parts.length === 1 && first !== undefined ? first : Buffer.concat(this.#parts, this.#size);
  }

  get body(): Body {
    return {
      size: this.#size,
      framing: this.framing,
      arrivals: this.#arrivals,
      ...(this.missed === undefined ? {} : { missed: this.missed }),
      ...(this.#lost === undefined ? {} : { lost: this.#lost }),
    };
  }
}

import type { Body, BodyFraming, HeaderField, TapeTime } from '../../tape/exchange.ts';
import type { GapCause } from '../../tape/gap.ts';
import type { Http1Head } from '../../wire/http1/events.ts';

/** Arrivals kept of one body; later ones are counted to the last, at the time when all of its bytes had come. */
const mostArrivals = 16_384;
/** Chunks kept of one body; what comes in later ones is lost. */
const mostChunks = 65_536;

/** What has come of one message behind its head. */
export class DecodedMessage {
  readonly beganAt: TapeTime;
  /** Absent until its last byte came. */
  endedAt: TapeTime | undefined;
  trailers: HeaderField[] | undefined;
  readonly #framing: Http1Head['framing'];
  readonly #contentLength: number;
  readonly #limit: number;
  readonly #parts: Uint8Array[] = [];
  readonly #arrivals: [at: TapeTime, bytes: number][] = [];
  readonly #chunks: (readonly [size: number, extension?: string])[] = [];
  #size = 0;
  #lost: { bytes: number; readonly cause: GapCause } | undefined;

  /** `limit`: bytes kept of the body. */
  constructor(beganAt: TapeTime, head: Pick<Http1Head, 'framing' | 'contentLength'>, limit: number) {
    this.beganAt = beganAt;
    this.#framing = head.framing;
    this.#contentLength = head.contentLength;
    this.#limit = limit;
  }

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

  addChunk(size: number, extension: string): void {
    if (this.#chunks.length === mostChunks) this.lose(0, 'body_limit');
    else if (this.#lost === undefined) this.#chunks.push(extension === '' ? [size] : [size, extension]);
  }

  /** Bytes of the body are missing from here on. The first cause stays. */
  lose(bytes: number, cause: GapCause): void {
    if (this.#lost === undefined) this.#lost = { bytes, cause };
    else this.#lost.bytes += bytes;
  }

  /** All the rest is missing, `missing` bytes at least where the head does not tell. */
  loseRest(missing: number, cause: GapCause): void {
    const counted = this.#size + (this.#lost?.bytes ?? 0);
    const rest = this.#framing === 'length' ? this.#contentLength - counted : missing;
    if (this.#framing !== 'none') this.lose(Math.max(0, rest), cause);
  }

  get isWhole(): boolean {
    return this.endedAt !== undefined && this.#lost === undefined;
  }

  get bytes(): Uint8Array {
    const [first] = this.#parts;
    return this.#parts.length === 1 && first !== undefined ? first : Buffer.concat(this.#parts, this.#size);
  }

  get body(): Body {
    return {
      size: this.#size,
      framing: this.#bodyFraming(),
      arrivals: this.#arrivals,
      ...(this.#lost === undefined ? {} : { lost: this.#lost }),
    };
  }

  #bodyFraming(): BodyFraming {
    return this.#framing === 'chunked' ? { kind: 'chunked', chunks: this.#chunks } : { kind: this.#framing };
  }
}

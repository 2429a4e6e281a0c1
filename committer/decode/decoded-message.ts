import type { Body, BodyFraming, HeaderField, TapeTime } from '../../tape/exchange.ts';
import type { GapCause } from '../../tape/gap.ts';

/** Arrivals kept of one body; later ones are counted to the last, at the time when all of its bytes had come. */
const mostArrivals = 65_536;
/** Room made at once for what is still to come of a body. */
const mostRoom = 1024 * 1024;
/** Messages of one call that can be told as dropped; what comes behind is lost. */
const mostDropped = 10_000;

/** What has come of one message behind its head. How its end is told is up to its protocol. */
export abstract class DecodedMessage {
  readonly beganAt: TapeTime;
  /** Absent until its last byte came. */
  endedAt: TapeTime | undefined;
  trailers: HeaderField[] | undefined;
  /** What came before the first byte that can be kept. */
  missed: Body['missed'];
  readonly #limit: number;
  /** The last one may have room behind `#used` bytes. */
  readonly #parts: Uint8Array[] = [];
  #used = 0;
  readonly #arrivals: [at: TapeTime, bytes: number][] = [];
  #size = 0;
  #lost: { bytes: number; readonly cause: GapCause } | undefined;
  readonly #dropped: { readonly at: number; bytes: number; readonly cause: GapCause }[] = [];
  /** Nothing has come since the last message that was dropped. */
  #dropping = false;

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
      this.#keep(chunk, start, kept);
      this.#arrived(at, kept);
      this.#dropping = false;
    }
    if (end - start > kept) this.lose(end - start - kept, 'body_limit');
  }

  /** Into what room there is, else into new room: bodies come in one piece or in very many. */
  #keep(chunk: Uint8Array, start: number, length: number): void {
    const last = this.#parts.at(-1);
    if (last === undefined || last.length - this.#used < length) {
      if (last !== undefined) this.#parts[this.#parts.length - 1] = last.subarray(0, this.#used);
      this.#parts.push(new Uint8Array(Math.max(length, Math.min(this.#size, mostRoom))));
      this.#used = 0;
    }
    this.#parts.at(-1)?.set(chunk.subarray(start, start + length), this.#used);
    this.#used += length;
    this.#size += length;
  }

  /**
   * A message of a call came of which nothing but the `prefix` bytes before it is there: takes these out. Called again, it
   * counts more `bytes` of it.
   */
  drop(prefix: number, bytes: number, cause: GapCause): void {
    const last = this.#dropped.at(-1);
    if (this.#lost !== undefined || this.#dropped.length === mostDropped) this.lose(bytes, cause);
    else if (this.#dropping && last !== undefined) last.bytes += bytes;
    else {
      this.#takeBack(prefix);
      this.#dropped.push({ at: this.#size, bytes: prefix + bytes, cause });
      this.#dropping = true;
    }
  }

  #takeBack(bytes: number): void {
    let left = bytes;
    while (left > 0 && this.#parts.length > 0) {
      const taken = Math.min(left, this.#used);
      this.#used -= taken;
      left -= taken;
      if (this.#used > 0) break;
      this.#parts.pop();
      this.#used = this.#parts.at(-1)?.length ?? 0;
    }
    this.#size -= bytes - left;
    for (let gone = bytes - left; gone > 0; ) {
      const last = this.#arrivals.at(-1);
      if (last === undefined) break;
      const taken = Math.min(gone, last[1]);
      last[1] -= taken;
      gone -= taken;
      if (last[1] === 0) this.#arrivals.pop();
    }
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
    const parts = this.#parts.map((part, i) =>
      i === this.#parts.length - 1 ? part.subarray(0, this.#used) : part,
    );
    const [first] = parts;
    return parts.length === 1 && first !== undefined ? first : Buffer.concat(parts, this.#size);
  }

  get body(): Body {
    return {
      size: this.#size,
      framing: this.framing,
      arrivals: this.#arrivals,
      ...(this.missed === undefined ? {} : { missed: this.missed }),
      ...(this.#lost === undefined ? {} : { lost: this.#lost }),
      ...(this.#dropped.length === 0 ? {} : { dropped: this.#dropped }),
    };
  }
}

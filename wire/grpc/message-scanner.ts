/** Bytes before each message: flags and a length of four bytes (gRPC over HTTP/2, "Length-Prefixed-Message"). */
export const prefixLength = 5;

/**
 * Where a stream of messages stands: `prefix` bytes of a message's prefix have passed (0 to 4) and `length` is what its
 * length bytes told so far; or `prefix` is 5 and `length` bytes of the message are left.
 */
export interface MessagePosition {
  readonly prefix: number;
  readonly length: number;
}

/**
 * Follows the borders of length-prefixed messages through one direction of a stream, whatever the borders of its
 * chunks. It keeps two numbers and no bytes, so that a message may be as large as its length says.
 */
export class MessageScanner {
  /** Messages that ended. */
  messages = 0;
  #prefix: number;
  #length: number;
  #size = 0;

  constructor(position: MessagePosition = { prefix: 0, length: 0 }) {
    this.#prefix = position.prefix;
    this.#length = position.length;
  }

  get position(): MessagePosition {
    return { prefix: this.#prefix, length: this.#length };
  }

  /** Goes to where another stands. */
  goTo(other: MessageScanner): void {
    this.#prefix = other.#prefix;
    this.#length = other.#length;
    this.#size = other.#size;
  }

  /** Bytes of the message whose prefix came last, in all: 0 while its prefix comes. */
  get size(): number {
    return this.#prefix === prefixLength ? this.#size : 0;
  }

  /** Whether the next byte begins a message. */
  get atBorder(): boolean {
    return this.#prefix === 0;
  }

  /** Bytes up to the next place where a message may begin: of the message, or at first of its prefix. */
  get left(): number {
    return this.#prefix < prefixLength ? prefixLength - this.#prefix : this.#length;
  }

  /**
   * Takes `bytes` from `start` to `end`. Returns where among them the first message begins, or -1. A border at `end` is
   * not told: the next call tells it.
   */
  push(bytes: Uint8Array, start: number, end: number): number {
    if (this.holdsOne(bytes, start, end)) {
      this.messages++;
      return start;
    }
    let first = -1;
    let at = start;
    while (at < end) {
      if (this.#prefix === 0 && first === -1) first = at;
      if (this.#prefix < prefixLength) at = this.#readPrefix(bytes, at, end);
      else {
        const taken = Math.min(this.#length, end - at);
        this.#length -= taken;
        at += taken;
      }
      if (this.#prefix === prefixLength && this.#length === 0) {
        this.#prefix = 0;
        this.messages++;
      }
    }
    return first;
  }

  /** Whether `bytes` from `start` to `end` are one message, the next: so most gRPC libraries fill their frames. */
  holdsOne(bytes: Uint8Array, start: number, end: number): boolean {
    if (this.#prefix !== 0 || end - start < prefixLength) return false;
    const length =
      (bytes[start + 1] ?? 0) * 0x1000000 +
      (((bytes[start + 2] ?? 0) << 16) | ((bytes[start + 3] ?? 0) << 8) | (bytes[start + 4] ?? 0));
    return length === end - start - prefixLength;
  }

  /** `bytes` that are not there to be read passed: they must be payload of the message under way. */
  skip(bytes: number): boolean {
    if (bytes === 0) return true;
    if (this.#prefix < prefixLength || bytes > this.#length) return false;
    this.#length -= bytes;
    if (this.#length === 0) {
      this.#prefix = 0;
      this.messages++;
    }
    return true;
  }

  #readPrefix(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end && this.#prefix < prefixLength) {
      if (this.#prefix > 0) this.#length = this.#length * 256 + (bytes[at] ?? 0);
      this.#prefix++;
      at++;
    }
    this.#size = this.#length;
    return at;
  }
}

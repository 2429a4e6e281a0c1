const firstRoom = 4096;
/** Up to so many characters a loop is faster than a call. */
const shortText = 32;

/** Writes numbers and text one behind the other. Numbers are integers from 0 to 2^53, seven bits an octet. */
export class StateWriter {
  #bytes = Buffer.allocUnsafeSlow(firstRoom);
  #length = 0;

  begin(): void {
    this.#length = 0;
  }

  /** What was written since `begin`: a view, valid until the next one. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  number(value: number): void {
    this.#need(8);
    const bytes = this.#bytes;
    let rest = value;
    while (rest >= 0x80) {
      bytes[this.#length++] = (rest % 0x80) | 0x80;
      rest = rest < 0x80000000 ? rest >>> 7 : Math.floor(rest / 0x80);
    }
    bytes[this.#length++] = rest;
  }

  /** An integer that may be negative. */
  signed(value: number): void {
    this.number(value < 0 ? -2 * value - 1 : 2 * value);
  }

  flag(value: boolean): void {
    this.number(value ? 1 : 0);
  }

  text(latin1: string): void {
    this.number(latin1.length);
    this.#need(latin1.length);
    if (latin1.length > shortText) this.#bytes.write(latin1, this.#length, 'latin1');
    else for (let i = 0; i < latin1.length; i++) this.#bytes[this.#length + i] = latin1.charCodeAt(i);
    this.#length += latin1.length;
  }

  bytes(bytes: Uint8Array): void {
    this.number(bytes.length);
    this.#need(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #need(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * (this.#length + more));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

/** Reads what `StateWriter` wrote, strictly: throws `RangeError` where that cannot be. */
export class StateReader {
  readonly #bytes: Buffer;
  #pos = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.#pos === this.#bytes.length;
  }

  number(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 49; scale *= 0x80) {
      const octet = this.#bytes[this.#pos++];
      if (octet === undefined) break;
      value += (octet & 0x7f) * scale;
      if (octet < 0x80) return value;
    }
    throw new RangeError('a number of the state is cut off');
  }

  /** A number of things that follow, each of at least one octet. */
  count(): number {
    const count = this.number();
    if (count > this.#bytes.length - this.#pos) throw new RangeError('a count of the state is too large');
    return count;
  }

  signed(): number {
    const value = this.number();
    return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
  }

  flag(): boolean {
    return this.number() !== 0;
  }

  text(): string {
    const start = this.#span();
    return this.#bytes.toString('latin1', start, this.#pos);
  }

  /** A view of the state. */
  bytes(): Buffer {
    const start = this.#span();
    return this.#bytes.subarray(start, this.#pos);
  }

  #span(): number {
    const length = this.count();
    const start = this.#pos;
    this.#pos += length;
    return start;
  }
}

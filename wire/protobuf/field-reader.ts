import { limits } from './limits.ts';

/** What the three low bits of a tag say (Protocol Buffers, "Encoding"). `group` is a start-group tag. */
export const wireTypes = { varint: 0, fixed64: 1, bytes: 2, group: 3, fixed32: 5 } as const;
export type WireType = (typeof wireTypes)[keyof typeof wireTypes];

const endGroup = 4;
const mostNumber = 2 ** 29 - 1;

/**
 * Reads the fields of a message in order, without a schema and without copying. Strict: a tag with number 0 or an unknown
 * type, a varint of over ten bytes, a length past the end, a group that ends another or none make it malformed. The
 * reader is one object that moves: what it says of a field holds until the next `next`.
 */
export class FieldReader {
  readonly bytes: Uint8Array;
  number = 0;
  type: WireType = wireTypes.varint;
  /** Where the tag stands. */
  tag = 0;
  /** The value: of `bytes` and `group` the content alone. */
  start = 0;
  end = 0;
  /** Where the next field's tag stands: behind the value, and behind a group's end tag. */
  next = 0;
  #stop: number;
  /** Where the varint that was read last ended. */
  #at = 0;
  /** Numbers of the groups that are open while the end of one is looked for. */
  readonly #open: number[] = [];

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.next = start;
    this.#stop = end;
  }

  /** Moves to the next field. */
  advance(): 'field' | 'end' | 'malformed' {
    if (this.next === this.#stop) return 'end';
    this.tag = this.next;
    const tag = this.#varint(this.next);
    if (tag < 8 || Math.floor(tag / 8) > mostNumber || this.#at - this.tag > 5) return 'malformed';
    this.number = Math.floor(tag / 8);
    const type = tag & 7;
    if (type === wireTypes.group) {
      this.type = type;
      this.start = this.#at;
      return this.#findGroupEnd() ? 'field' : 'malformed';
    }
    return type !== endGroup && this.#readValue(type) ? 'field' : 'malformed';
  }

  /** The value's bytes; a view. */
  content(): Uint8Array {
    return this.bytes.subarray(this.start, this.end);
  }

  #readValue(type: number): boolean {
    this.start = this.#at;
    switch (type) {
      case wireTypes.varint:
        if (this.#varint(this.start) < 0) return false;
        this.end = this.#at;
        break;
      case wireTypes.fixed64:
        this.end = this.start + 8;
        break;
      case wireTypes.fixed32:
        this.end = this.start + 4;
        break;
      case wireTypes.bytes: {
        const length = this.#varint(this.start);
        if (length < 0) return false;
        this.start = this.#at;
        this.end = this.start + length;
        break;
      }
      default:
        return false;
    }
    this.type = type;
    this.next = this.end;
    return this.end <= this.#stop;
  }

  #findGroupEnd(): boolean {
    const { tag, number, start } = this;
    const open = this.#open;
    open.length = 0;
    open.push(number);
    let at = start;
    while (open.length > 0) {
      if (at >= this.#stop || open.length > limits.depth) return false;
      const inner = this.#varint(at);
      const length = this.#at - at;
      const innerNumber = Math.floor(inner / 8);
      if (inner < 8 || innerNumber > mostNumber || length > 5) return false;
      this.end = at;
      const type = inner & 7;
      if (type === wireTypes.group) {
        open.push(innerNumber);
        at = this.#at;
      } else if (type === endGroup) {
        if (open.pop() !== innerNumber) return false;
        at = this.#at;
      } else {
        const end = this.end;
        if (!this.#readValue(type)) return false;
        at = this.next;
        this.end = end;
      }
    }
    this.tag = tag;
    this.number = number;
    this.start = start;
    this.type = wireTypes.group;
    this.next = at;
    return true;
  }

  /** The varint at `at`, exact to 2^53 (values above lose low bits); -1 where there is none. `#at` is behind it. */
  #varint(at: number): number {
    let value = 0;
    let factor = 1;
    for (let index = 0; index < 10; index++) {
      const byte = at + index < this.#stop ? (this.bytes[at + index] ?? 0) : -1;
      if (byte === -1 || (index === 9 && byte > 1)) return -1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) {
        this.#at = at + index + 1;
        return value;
      }
      factor *= 128;
    }
    return -1;
  }
}

/** Whether bytes are a message: read strictly, groups inside of it included; the content of fields is not looked into. */
export function isMessage(bytes: Uint8Array): boolean {
  const reader = new FieldReader(bytes);
  for (;;) {
    const read = reader.advance();
    if (read !== 'field') return read === 'end';
  }
}

import type { StateReader, StateWriter } from './state-bytes.ts';

/**
 * Where one sender of a stream is in its length-prefixed messages: a flag, a length of four octets, and the message, as
 * gRPC frames them, and gRPC-Web and Connect's streams likewise (gRPC over HTTP/2, "Length-Prefixed-Message").
 */
export class Envelopes {
  /** Bytes of the message under way that have not come. */
  left = 0;
  /** Octets of a prefix that have come, and the length that they spell so far. */
  prefix = 0;
  length = 0;

  /** Goes over `bytes` from `start` to `end`. */
  take(bytes: Uint8Array, start: number, end: number): void {
    let pos = start;
    while (pos < end) {
      if (this.left > 0) {
        const passed = Math.min(this.left, end - pos);
        this.left -= passed;
        pos += passed;
      } else this.#prefix(bytes[pos++] ?? 0);
    }
  }

  /** Where the next message begins, as far as `bytes` from `start` to `end` tell; `end` where that is not in them. */
  nextBegin(bytes: Uint8Array, start: number, end: number): number {
    const ahead = new Envelopes();
    ahead.left = this.left;
    ahead.prefix = this.prefix;
    ahead.length = this.length;
    for (let pos = start; pos < end; ) {
      if (ahead.left === 0 && ahead.prefix === 0) return pos;
      const next = Math.min(end, pos + Math.max(1, ahead.left));
      ahead.take(bytes, pos, next);
      pos = next;
    }
    return end;
  }

  /** Whether a message has ended here and none has begun. */
  get atBegin(): boolean {
    return this.left === 0 && this.prefix === 0;
  }

  write(state: StateWriter): void {
    state.number(this.left);
    state.number(this.prefix);
    state.number(this.length);
  }

  read(state: StateReader): void {
    this.left = state.number();
    this.prefix = state.number();
    this.length = state.number();
  }

  #prefix(octet: number): void {
    if (this.prefix > 0) this.length = this.length * 0x100 + octet;
    this.prefix++;
    if (this.prefix < 5) return;
    this.left = this.length;
    this.prefix = 0;
    this.length = 0;
  }
}

/** Whether bodies of this type are length-prefixed messages. gRPC-Web in base64 is not, on the wire. */
export function hasEnvelopes(contentType: string): boolean {
  const type = contentType.toLowerCase();
  if (type.startsWith('application/grpc')) return !type.startsWith('application/grpc-web-text');
  return type.startsWith('application/connect+');
}

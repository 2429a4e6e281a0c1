import { HeldBytes } from '../http1/held-bytes.ts';
import { beyond } from './breach.ts';
import { limits } from './limits.ts';
import type { StateReader, StateWriter } from './state-bytes.ts';

/** A header block under way: a HEADERS or PUSH_PROMISE frame and its CONTINUATIONs (RFC 9113 section 4.3). */
export class HeaderBlock {
  /** 0 where none is under way. */
  stream = 0;
  endStream = false;
  /** It is the request of a push. */
  isPromise = false;
  readonly held = new HeldBytes();
  #frames = 0;

  begin(stream: number, endStream: boolean, isPromise: boolean): void {
    this.stream = stream;
    this.endStream = endStream;
    this.isPromise = isPromise;
    this.#frames = 0;
  }

  add(bytes: Uint8Array, start: number, end: number): void {
    if (++this.#frames > limits.blockFrames) beyond('a header block of many frames');
    if (this.held.length + end - start > limits.headerBlock) beyond('a large header block');
    this.held.hold(bytes, start, end);
  }

  end(): void {
    this.stream = 0;
    this.held.clear();
  }

  write(state: StateWriter): void {
    state.number(this.stream);
    if (this.stream === 0) return;
    state.flag(this.endStream);
    state.flag(this.isPromise);
    state.number(this.#frames);
    state.bytes(this.held.bytes.subarray(0, this.held.length));
  }

  read(state: StateReader): void {
    this.stream = state.number();
    if (this.stream === 0) return;
    this.endStream = state.flag();
    this.isPromise = state.flag();
    this.#frames = state.number();
    const held = state.bytes();
    this.held.hold(held, 0, held.length);
  }
}

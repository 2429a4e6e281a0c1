import { preface } from '../first-bytes.ts';
import { HeldBytes } from '../http1/held-bytes.ts';
import { beyond, malformed } from './breach.ts';
import { frameFlags, frameHeaderLength, frameTypes, uint31 } from './frame.ts';
import { limits } from './limits.ts';
import type { StateReader, StateWriter } from './state-bytes.ts';

/** What a scanner finds in one sender's bytes. Positions are those of the bytes given along. */
export interface FrameSink {
  /** A DATA frame begins; `length` counts its padding too. Its content follows in pieces, and then its end. */
  onDataBegin(stream: number, length: number): void;
  onDataContent(bytes: Uint8Array, start: number, end: number): void;
  onDataEnd(endStream: boolean): void;
  /** Another frame of a known type is whole: its payload is `bytes` from `start` to `end`. Of GOAWAY, the first 8. */
  onFrame(type: number, flags: number, stream: number, bytes: Uint8Array, start: number, end: number): void;
  /** A frame of an unknown type begins; it is jumped over. */
  onUnknownFrame(): void;
}

/** What is to come next: a frame's header, or something that has begun. `held`: a piece that has to be whole. */
const phases = { frame: 0, held: 1, content: 2, padding: 3, jump: 4, preface: 5 } as const;
type Phase = (typeof phases)[keyof typeof phases];

/**
 * Finds the frames in what one sender of an HTTP/2 connection sent. It jumps over DATA by its length, and holds no more
 * than one other frame that is not whole. What breaks RFC 9113 section 4 is thrown as a breach.
 */
export class FrameScanner {
  /** The longest payload that the receiver allows. */
  longest = 16_384;
  readonly #sink: FrameSink;
  readonly #held = new HeldBytes();
  #phase: Phase;
  /** Bytes that `#held` needs. */
  #needed = 0;
  /** Of a DATA frame: bytes of its content and padding that have not come. */
  #content = 0;
  #padding = 0;
  #endStream = false;
  #jump = 0;

  /** `beginsWithPreface`: of a client's bytes from their beginning. */
  constructor(sink: FrameSink, beginsWithPreface: boolean) {
    this.#sink = sink;
    this.#phase = beginsWithPreface ? phases.preface : phases.frame;
    this.#needed = preface.length;
  }

  /** Bytes of the DATA frame at hand that have not come, without its padding. */
  get contentLeft(): number {
    return this.#phase === phases.content ? this.#content : 0;
  }

  push(bytes: Uint8Array, start: number, end: number): void {
    let pos = start;
    while (pos < end) {
      switch (this.#phase) {
        case phases.frame:
          pos = this.#begin(bytes, pos, end);
          break;
        case phases.content:
          pos = this.#takeContent(bytes, pos, end);
          break;
        case phases.held:
        case phases.preface:
          pos = this.#gather(bytes, pos, end);
          break;
        case phases.padding:
        case phases.jump:
          pos = this.#pass(pos, end);
          break;
      }
    }
  }

  /** `length` bytes of a DATA frame's content came, but are not there. Answers how many of them can be. */
  skip(length: number): number {
    const skipped = Math.min(length, this.contentLeft);
    if (skipped === 0) return 0;
    this.#content -= skipped;
    if (this.#content === 0) this.#endContent();
    return skipped;
  }

  release(): void {
    this.#held.clear();
  }

  write(state: StateWriter): void {
    state.number(this.#phase);
    state.number(this.longest);
    switch (this.#phase) {
      case phases.held:
      case phases.preface:
        state.number(this.#needed);
        state.bytes(this.#held.bytes.subarray(0, this.#held.length));
        break;
      case phases.content:
      case phases.padding:
        state.number(this.#content);
        state.number(this.#padding);
        state.flag(this.#endStream);
        break;
      case phases.jump:
        state.number(this.#jump);
        break;
      case phases.frame:
        break;
    }
  }

  read(state: StateReader): void {
    this.#phase = phaseOf(state.number());
    this.longest = state.number();
    switch (this.#phase) {
      case phases.held:
      case phases.preface:
        this.#needed = state.number();
        this.#hold(state.bytes());
        break;
      case phases.content:
      case phases.padding:
        this.#content = state.number();
        this.#padding = state.number();
        this.#endStream = state.flag();
        break;
      case phases.jump:
        this.#jump = state.number();
        break;
      case phases.frame:
        break;
    }
  }

  #hold(bytes: Uint8Array): void {
    this.#held.hold(bytes, 0, bytes.length);
  }

  #begin(bytes: Uint8Array, pos: number, end: number): number {
    const next = this.#frame(bytes, pos, end);
    if (next >= 0) return next;
    this.#held.hold(bytes, pos, end);
    this.#phase = phases.held;
    return end;
  }

  /** Adds to what is held, and looks at it once that is enough. */
  #gather(bytes: Uint8Array, pos: number, end: number): number {
    const next = Math.min(end, pos + this.#needed - this.#held.length);
    this.#held.hold(bytes, pos, next);
    if (this.#held.length < this.#needed) return next;
    const { bytes: held, length } = this.#held;
    if (this.#phase === phases.preface) {
      if (Buffer.compare(preface, held.subarray(0, length)) !== 0) malformed('not the preface of a client');
      this.#phase = phases.frame;
    } else {
      this.#phase = phases.frame;
      if (this.#frame(held, 0, length) < 0) {
        this.#phase = phases.held;
        return next;
      }
    }
    this.#held.clear();
    return next;
  }

  /**
   * Looks at the frame that begins at `pos`; answers where to go on, or -1 where more of it is needed: `#needed` bytes.
   * A DATA frame needs its header (and the length of its padding), any other one to be whole.
   */
  #frame(bytes: Uint8Array, pos: number, end: number): number {
    this.#needed = frameHeaderLength;
    if (end - pos < frameHeaderLength) return -1;
    const length = ((bytes[pos] ?? 0) << 16) | ((bytes[pos + 1] ?? 0) << 8) | (bytes[pos + 2] ?? 0);
    const type = bytes[pos + 3] ?? 0;
    const flags = bytes[pos + 4] ?? 0;
    const stream = uint31(bytes, pos + 5);
    if (length > this.longest) malformed('a frame that is too long');
    const payload = pos + frameHeaderLength;
    if (type === frameTypes.data) return this.#data(bytes, payload, end, flags, stream, length);
    if (type > frameTypes.continuation) {
      this.#sink.onUnknownFrame();
      this.#jumpOver(length);
      return payload;
    }
    const known = type === frameTypes.goaway ? Math.min(8, length) : length;
    checkLength(type, length);
    this.#needed = frameHeaderLength + known;
    if (end - payload < known) return -1;
    this.#jumpOver(length - known);
    this.#sink.onFrame(type, flags, stream, bytes, payload, payload + known);
    return payload + known;
  }

  #data(
    bytes: Uint8Array,
    payload: number,
    end: number,
    flags: number,
    stream: number,
    length: number,
  ): number {
    let next = payload;
    this.#padding = 0;
    if ((flags & frameFlags.padded) !== 0) {
      this.#needed = frameHeaderLength + 1;
      if (length === 0) malformed('padding without a length');
      if (next >= end) return -1;
      this.#padding = bytes[next++] ?? 0;
    }
    this.#content = length - this.#padding - (next - payload);
    if (this.#content < 0) malformed('more padding than payload');
    this.#endStream = (flags & frameFlags.endStream) !== 0;
    this.#phase = phases.content;
    this.#sink.onDataBegin(stream, length);
    if (this.#content === 0) {
      this.#endContent();
      return next;
    }
    return next < end ? this.#takeContent(bytes, next, end) : next;
  }

  #takeContent(bytes: Uint8Array, pos: number, end: number): number {
    const next = Math.min(end, pos + this.#content);
    this.#content -= next - pos;
    this.#sink.onDataContent(bytes, pos, next);
    if (this.#content === 0) this.#endContent();
    return next;
  }

  #endContent(): void {
    if (this.#padding > 0) this.#phase = phases.padding;
    else this.#endData();
  }

  #endData(): void {
    this.#phase = phases.frame;
    this.#sink.onDataEnd(this.#endStream);
  }

  #jumpOver(length: number): void {
    this.#jump = length;
    if (length > 0) this.#phase = phases.jump;
  }

  #pass(pos: number, end: number): number {
    if (this.#phase === phases.jump) {
      const next = Math.min(end, pos + this.#jump);
      this.#jump -= next - pos;
      if (this.#jump === 0) this.#phase = phases.frame;
      return next;
    }
    const next = Math.min(end, pos + this.#padding);
    this.#padding -= next - pos;
    if (this.#padding === 0) this.#endData();
    return next;
  }
}

function phaseOf(number: number): Phase {
  for (const phase of Object.values(phases)) if (phase === number) return phase;
  throw new RangeError('the state names no phase');
}

/** Lengths that the type of a frame fixes or bounds (RFC 9113 section 6), and bounds of ours. */
function checkLength(type: number, length: number): void {
  const isRight =
    (type !== frameTypes.priority || length === 5) &&
    (type !== frameTypes.ping || length === 8) &&
    (type !== frameTypes.goaway || length >= 8) &&
    ((type !== frameTypes.rstStream && type !== frameTypes.windowUpdate) || length === 4);
  if (!isRight) malformed('a frame of a wrong length');
  if (length > limits.headerBlock || (type === frameTypes.settings && length > limits.settings)) {
    beyond('a large frame');
  }
}

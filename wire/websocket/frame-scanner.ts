import { type FrameHead, isControl, opcodes } from './frame.ts';

/** Who sends: a client masks its frames and a service does not (RFC 6455 section 5.1). */
export type WebSocketSender = 'client' | 'service';

/**
 * What the scanner tells of one sender's frames. Positions (`at`) are offsets into the chunk that was just given to
 * `push`. `frame` is the scanner's own and is valid during the call.
 */
export interface FrameSink {
  /** A frame's head is whole, and its payload begins at `at`. */
  onFrame(frame: FrameHead, at: number): void;
  /** Payload as it stands on the wire, masked: `chunk` from `start` to `end`, from the payload's byte `offset` on. */
  onPayload?(frame: FrameHead, chunk: Uint8Array, start: number, end: number, offset: number): void;
  /** The frame's last byte stands before `at`. */
  onFrameEnd(frame: FrameHead, at: number): void;
  /** From the frame on whose head ends at `at`, or before it, these are no frames. Nothing else will be told. */
  onOpaque(at: number): void;
}

/** Where a scanner stands between two bytes, for one that goes on there. */
export interface FrameState {
  /** The head of the frame under way as far as it came; empty between frames. */
  readonly head: Uint8Array;
  /** Bytes of payload that are still to come, where that head is whole. */
  readonly left: number;
  /** The opcode of the message of which more fragments follow; 0 where there is none. */
  readonly open: number;
  /** Whether that message is compressed. */
  readonly compressed: boolean;
}

export const atStart: FrameState = { head: new Uint8Array(0), left: 0, open: 0, compressed: false };

const longestHead = 14;
const longestControl = 125;
const reserved = 0x30;

/**
 * Finds the frames in what one sender sent behind the upgrade (RFC 6455 section 5.2). Bytes in, events out; it keeps
 * none but a head's (14 at most). What no receiver may accept (a reserved bit or opcode, a wrong mask, a control frame
 * in fragments, a message inside of another, a length that is not the shortest) is opaque from there on.
 */
export class FrameScanner implements FrameHead {
  fin = false;
  opcode = 0;
  compressed = false;
  length = 0;
  masked = false;
  mask = 0;

  readonly #sink: FrameSink;
  readonly #masks: boolean;
  readonly #mayCompress: boolean;
  readonly #head = new Uint8Array(longestHead);
  #have = 0;
  /** Bytes of the head, known once two of them came. */
  #need = 2;
  #left = 0;
  #open = 0;
  #openCompressed = false;
  #opaque = false;

  /** `mayCompress`: permessage-deflate was agreed on. `state`: where to go on, if not at the first byte. */
  constructor(sender: WebSocketSender, sink: FrameSink, mayCompress: boolean, state: FrameState = atStart) {
    this.#sink = sink;
    this.#masks = sender === 'client';
    this.#mayCompress = mayCompress;
    this.#open = state.open;
    this.#openCompressed = state.compressed;
    for (const byte of state.head) this.#addToHead(byte);
    if (this.#opaque || this.#have === 0 || this.#have < this.#need) return;
    this.#readHead();
    this.#left = Math.min(state.left, this.length);
  }

  get opaque(): boolean {
    return this.#opaque;
  }

  /** Whether a frame or a message has begun and not ended. */
  get inMessage(): boolean {
    return this.#have > 0 || this.#open !== 0;
  }

  /** Bytes of the current frame's payload that are still to come. */
  get left(): number {
    return this.#left;
  }

  get state(): FrameState {
    return {
      head: this.#head.slice(0, this.#have),
      left: this.#left,
      open: this.#open,
      compressed: this.#openCompressed,
    };
  }

  /** Tells nothing more: the other sender's bytes turned out to be no frames. */
  abandon(): void {
    this.#opaque = true;
  }

  /** Takes the sender's next bytes: `chunk` from `start` to `end`. */
  push(chunk: Uint8Array, start: number, end: number): void {
    let pos = start;
    while (pos < end && !this.#opaque) {
      pos = this.#left > 0 ? this.#payload(chunk, pos, end) : this.#takeHead(chunk, pos, end);
    }
  }

  /** `length` bytes of payload passed that nobody has; false where the current frame has not as many left. */
  skip(length: number): boolean {
    if (this.#opaque || length > this.#left) return false;
    this.#left -= length;
    if (this.#left === 0) this.#endFrame(0);
    return true;
  }

  #payload(chunk: Uint8Array, pos: number, end: number): number {
    const stop = Math.min(end, pos + this.#left);
    this.#sink.onPayload?.(this, chunk, pos, stop, this.length - this.#left);
    this.#left -= stop - pos;
    if (this.#left === 0) this.#endFrame(stop);
    return stop;
  }

  #takeHead(chunk: Uint8Array, from: number, end: number): number {
    let pos = from;
    while (pos < end && this.#have < this.#need && !this.#opaque) this.#addToHead(chunk[pos++] ?? 0);
    if (!this.#opaque && this.#have === this.#need) this.#readHead();
    if (this.#opaque) {
      this.#sink.onOpaque(pos);
      return end;
    }
    if (this.#have < this.#need) return end;
    this.#left = this.length;
    this.#sink.onFrame(this, pos);
    if (this.length === 0) this.#endFrame(pos);
    return pos;
  }

  #addToHead(byte: number): void {
    this.#head[this.#have++] = byte;
    if (this.#have !== 2) return;
    const short = byte & 0x7f;
    const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
    this.#need = 2 + extended + (byte & 0x80 ? 4 : 0);
    if (!this.#mayBegin(this.#head[0] ?? 0, short) || (byte & 0x80) !== (this.#masks ? 0x80 : 0)) {
      this.#opaque = true;
    }
  }

  /** Whether a frame may begin so, with the frames before it (RFC 6455 sections 5.2, 5.4 and 5.5). */
  #mayBegin(first: number, short: number): boolean {
    const opcode = first & 15;
    const rsv1 = (first & 0x40) !== 0;
    if ((first & reserved) !== 0) return false;
    if (isControl(opcode)) {
      return opcode <= opcodes.pong && first >= 0x80 && short <= longestControl && !rsv1;
    }
    if (opcode === opcodes.continuation) return this.#open !== 0 && !rsv1;
    return opcode <= opcodes.binary && this.#open === 0 && (!rsv1 || this.#mayCompress);
  }

  /** The head is whole. */
  #readHead(): void {
    const head = this.#head;
    const first = head[0] ?? 0;
    this.fin = first >= 0x80;
    this.opcode = first & 15;
    this.compressed = this.opcode === opcodes.continuation ? this.#openCompressed : (first & 0x40) !== 0;
    this.masked = this.#masks;
    const end = this.#have - (this.#masks ? 4 : 0);
    const length = lengthIn(head, end);
    if (length === undefined) {
      this.#opaque = true;
      return;
    }
    this.length = length;
    const view = new DataView(head.buffer);
    this.mask = this.#masks ? view.getUint32(end) : 0;
  }

  #endFrame(at: number): void {
    if (!isControl(this.opcode)) {
      if (this.opcode !== opcodes.continuation) {
        this.#open = this.opcode;
        this.#openCompressed = this.compressed;
      }
      if (this.fin) {
        this.#open = 0;
        this.#openCompressed = false;
      }
    }
    this.#have = 0;
    this.#need = 2;
    this.#sink.onFrameEnd(this, at);
  }
}

/** The payload's length in a head whose lengths end before `end`; `undefined` where a shorter form would have held it. */
function lengthIn(head: Uint8Array, end: number): number | undefined {
  const view = new DataView(head.buffer, head.byteOffset);
  if (end === 2) return (head[1] ?? 0) & 0x7f;
  if (end === 4) {
    const length = view.getUint16(2);
    return length > longestControl ? length : undefined;
  }
  const length = view.getUint32(2) * 0x1_0000_0000 + view.getUint32(6);
  return length > 0xffff && length <= Number.MAX_SAFE_INTEGER ? length : undefined;
}

import type { GapCause } from '../../tape/gap.ts';
import type { DeflateTerms } from './extensions.ts';
import { applyMask, type FrameHead, isControl, opcodes } from './frame.ts';
import {
  atStart,
  FrameScanner,
  type FrameSink,
  type FrameState,
  type WebSocketSender,
} from './frame-scanner.ts';
import { MessageInflater } from './inflater.ts';
import type { InflationBudget } from './inflation-budget.ts';
import { type DecodedFrame, PendingFrame } from './pending-frame.ts';

export type { DecodedFrame };

export interface DecoderOptions {
  readonly sender: WebSocketSender;
  /** What was agreed on for this sender; absent where nothing is compressed. */
  readonly deflate?: DeflateTerms;
  /** Bytes of payload that are kept of one message. */
  readonly limit: number;
  /** Where to go on, if not at the sender's first byte. */
  readonly from?: FrameState;
  /** Of its own where it shares none. What is held of it the one who keeps the frames tells. */
  readonly budget?: InflationBudget;
}

/** Frames that wait for the end of one compressed message. */
const mostWaiting = 16_384;

/**
 * Decodes what one sender sent behind the upgrade. Frames come out in the order in which they were sent. Those of a
 * compressed message come together at its end: compression does not tell which part of the content a fragment holds
 * (RFC 7692 section 6.1), so each gets a share of it by its size on the wire. Begun in the middle of a message, it
 * begins with the next one; control frames come out before.
 */
export class MessageDecoder implements FrameSink {
  readonly #onFrame: (frame: DecodedFrame) => void;
  readonly #onOpaque: () => void;
  readonly #limit: number;
  readonly #scanner: FrameScanner;
  readonly #inflater: MessageInflater | undefined;
  #now = 0;
  #frame: PendingFrame | undefined;
  /** Frames of the compressed message under way, with the control frames between them. */
  #waiting: PendingFrame[] = [];
  /** Bytes that may still be kept of the message under way. */
  #room: number;
  /** The message under way began before the first byte: nothing of it comes out. */
  #before: boolean;

  constructor(
    { sender, deflate, limit, from = atStart, budget }: DecoderOptions,
    onFrame: (frame: DecodedFrame) => void,
    onOpaque: () => void,
  ) {
    this.#onFrame = onFrame;
    this.#onOpaque = onOpaque;
    this.#limit = limit;
    this.#room = limit;
    this.#scanner = new FrameScanner(sender, this, deflate !== undefined, from);
    this.#inflater =
      deflate === undefined ? undefined : new MessageInflater(deflate, from === atStart, budget);
    this.#before = from.open !== 0 || (this.#scanner.left > 0 && !isControl(this.#scanner.opcode));
  }

  get opaque(): boolean {
    return this.#scanner.opaque;
  }

  /** Takes the sender's next bytes, `chunk` from `start` to `end`, which came at `at`. */
  push(chunk: Uint8Array, start: number, end: number, at: number): void {
    this.#now = at;
    this.#scanner.push(chunk, start, end);
  }

  /** The sender's next `length` bytes are left out; false where they are not all of the current frame's payload. */
  skip(length: number, cause: GapCause, at: number): boolean {
    this.#now = at;
    if (length > this.#scanner.left) return false;
    this.#frame?.lose(length, cause);
    return this.#scanner.skip(length);
  }

  /** No more bytes come, for `cause`: what has begun comes out as far as it came, the rest of its frame as lost. */
  end(cause: GapCause): void {
    const frame = this.#frame;
    this.#frame = undefined;
    if (frame !== undefined) {
      frame.lose(this.#scanner.left, cause);
      frame.at = this.#now;
      if (frame.compressed || this.#waiting.length > 0) this.#waiting.push(frame);
      else this.#tell(frame);
    }
    this.#openWaiting(true);
    this.#scanner.abandon();
  }

  onFrame(frame: FrameHead): void {
    const control = isControl(frame.opcode);
    if (this.#before && !control) return;
    if (!control && frame.opcode !== opcodes.continuation) this.#room = this.#limit;
    this.#frame = new PendingFrame(frame);
  }

  onPayload(head: FrameHead, chunk: Uint8Array, start: number, end: number, offset: number): void {
    const frame = this.#frame;
    if (frame === undefined) return;
    const room = isControl(head.opcode) ? end - start : this.#room;
    const kept = frame.lost === undefined ? Math.min(end - start, room) : 0;
    if (kept > 0) {
      // `slice` of a Buffer would be a view of what is overwritten soon.
      const part: Uint8Array = Uint8Array.prototype.slice.call(chunk, start, start + kept);
      applyMask(part, head.mask, offset);
      frame.add(part);
    }
    if (!isControl(head.opcode)) this.#room -= kept;
    if (end - start > kept) frame.lose(end - start - kept, 'body_limit');
  }

  onFrameEnd(head: FrameHead): void {
    const frame = this.#frame;
    const control = isControl(head.opcode);
    const over = head.fin && !control;
    this.#frame = undefined;
    if (frame !== undefined) {
      frame.at = this.#now;
      // Nothing of a message is kept behind what is lost of it: a secret cut in two would not be found.
      if (frame.lost !== undefined && !control) this.#room = 0;
      if (frame.compressed || this.#waiting.length > 0) this.#wait(frame, over);
      else this.#tell(frame);
    }
    if (over) this.#before = false;
  }

  onOpaque(): void {
    this.#openWaiting(true);
    this.#onOpaque();
  }

  #wait(frame: PendingFrame, over: boolean): void {
    this.#waiting.push(frame);
    if (over || this.#waiting.length === mostWaiting) this.#openWaiting(!over);
    if (!over && this.#waiting.length === 0) this.#room = 0;
  }

  /** The compressed message is whole, or `cut` off: its frames come out. */
  #openWaiting(cut: boolean): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    const data = waiting.filter(({ compressed }) => compressed);
    const holed = data.findIndex(({ lost }) => lost !== undefined);
    const readable = holed === -1 ? data : data.slice(0, holed + 1);
    const parts = readable.flatMap((frame) => frame.parts);
    const content = this.#inflater?.inflate(Buffer.concat(parts), cut || holed !== -1) ?? 'inflate_state';
    if (typeof content === 'string') for (const frame of data) frame.loseAll(content);
    else share(content, readable, this.#limit);
    for (const frame of waiting) this.#tell(frame);
  }

  #tell(frame: PendingFrame): void {
    this.#onFrame(frame.decoded);
  }
}

/** Gives each frame the share of the content that it has of the bytes as sent, up to `limit` bytes in all. */
function share(content: Buffer, frames: readonly PendingFrame[], limit: number): void {
  const total = frames.reduce((sum, { size }) => sum + size, 0);
  let sent = 0;
  let from = 0;
  for (const frame of frames) {
    sent += frame.size;
    const to = total === 0 ? 0 : Math.round((content.length * sent) / total);
    frame.become(content.subarray(Math.min(from, limit), Math.min(to, limit)));
    if (to > limit) frame.lose(to - Math.max(from, limit), 'body_limit');
    from = to;
  }
}

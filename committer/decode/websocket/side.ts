import type { DataRecord, Sender, SkipRecord } from '../../../ledger/segment.ts';
import type { TapeTime } from '../../../tape/exchange.ts';
import type { GapCause } from '../../../tape/gap.ts';
import type { AgreedExtensions } from '../../../wire/websocket/extensions.ts';
import { opcodes } from '../../../wire/websocket/frame.ts';
import type { FrameState } from '../../../wire/websocket/frame-scanner.ts';
import type { InflationBudget } from '../../../wire/websocket/inflation-budget.ts';
import { type DecodedFrame, MessageDecoder } from '../../../wire/websocket/message-decoder.ts';
import { FramesMessage } from './frames-message.ts';

export interface SideOptions {
  readonly sender: Sender;
  readonly agreed: AgreedExtensions;
  /** Where its next byte stands in all that the sender sent. */
  readonly offset: number;
  /** Where its frames go on, if not at their beginning. */
  readonly from?: FrameState;
  readonly beganAt: TapeTime;
  /** Bytes kept of one message. */
  readonly limit: number;
  readonly budget: InflationBudget;
}

/** The frames of one side of a WebSocket, put together from records that follow each other without a hole. */
export class Side {
  readonly message: FramesMessage;
  offset: number;
  /** It has sent a close frame. */
  closed = false;
  /** Nothing more of it counts: it has closed, or ended. */
  over = false;
  /** Why messages of it are missing that could not be read. */
  readonly missed = new Set<GapCause>();
  readonly #decoder: MessageDecoder;

  constructor({ sender, agreed, offset, from, beganAt, limit, budget }: SideOptions) {
    this.offset = offset;
    this.message = new FramesMessage(beganAt, budget);
    const deflate = agreed.deflate?.[sender];
    this.#decoder = new MessageDecoder(
      { sender, limit, budget, ...(deflate && { deflate }), ...(from && { from }) },
      (frame) => this.#onFrame(frame),
      () => this.message.lose(0, 'malformed'),
    );
  }

  /** Bytes are no frames, although an observer took them for some. */
  get isBroken(): boolean {
    return this.#decoder.opaque;
  }

  /** False where bytes are missing before these. */
  data({ bytes, offset }: DataRecord, at: TapeTime): boolean {
    if (offset !== this.offset) return false;
    this.offset += bytes.length;
    this.#decoder.push(bytes, 0, bytes.length, at);
    return true;
  }

  /** Likewise, or where they lie in more than one frame's payload. */
  skip({ offset, length, cause }: SkipRecord, at: TapeTime): boolean {
    if (offset !== this.offset) return false;
    this.offset += length;
    return this.#decoder.skip(length, cause, at);
  }

  /** No more comes: a frame that has begun is not whole for `cause`. */
  end(cause: GapCause): void {
    if (!this.#decoder.opaque) this.#decoder.end(cause);
    this.over = true;
  }

  #onFrame(frame: DecodedFrame): void {
    if (this.over) return;
    this.message.addFrame(frame);
    if (frame.lost !== undefined) this.missed.add(frame.lost.cause);
    if (frame.opcode !== opcodes.close) return;
    this.message.endedAt = frame.at;
    this.closed = true;
    this.over = true;
  }
}

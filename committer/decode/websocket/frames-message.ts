import type { BodyFraming, TapeTime, WebSocketFrame } from '../../../tape/exchange.ts';
import type { InflationBudget } from '../../../wire/websocket/inflation-budget.ts';
import type { DecodedFrame } from '../../../wire/websocket/message-decoder.ts';
import { DecodedMessage } from '../decoded-message.ts';

/** Frames kept of one side; what comes in later ones is lost. */
const mostFrames = 100_000;
/** Bytes kept of one side. Of one message the limit of a body is kept. */
const mostBytes = 64 * 1024 * 1024;

/** What one side of a WebSocket sent: its frames, and their payloads as its body. */
export class FramesMessage extends DecodedMessage {
  readonly #frames: WebSocketFrame[] = [];
  readonly #budget: InflationBudget;
  /** Bytes of opened messages that are kept. */
  #held = 0;

  constructor(beganAt: TapeTime, budget: InflationBudget) {
    super(beganAt, mostBytes);
    this.#budget = budget;
  }

  addFrame({ at, opcode, fin, compressed, payload, lost }: DecodedFrame): void {
    const fits = this.#frames.length < mostFrames && this.size + payload.length <= mostBytes;
    if (this.isLosing || !fits) {
      this.lose(payload.length + (lost?.bytes ?? 0), 'body_limit');
      return;
    }
    this.add(at, payload, 0, payload.length);
    if (compressed) {
      this.#budget.hold(payload.length);
      this.#held += payload.length;
    }
    this.#frames.push({
      at,
      opcode,
      fin,
      size: payload.length,
      ...(compressed && { compressed }),
      ...(lost && { lost }),
    });
  }

  /** Asked for when the exchange goes on to the tape: what it held others may hold then. */
  override get bytes(): Uint8Array {
    this.#budget.release(this.#held);
    this.#held = 0;
    return super.bytes;
  }

  override get framing(): BodyFraming {
    return { kind: 'websocket', frames: this.#frames };
  }
}

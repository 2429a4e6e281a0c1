import { readClose } from './close.ts';
import type { AgreedExtensions } from './extensions.ts';
import { applyMask, type FrameHead, isControl, opcodes } from './frame.ts';
import { FrameScanner, type FrameSink, type WebSocketSender } from './frame-scanner.ts';

/** What an observer of both senders is told. Positions are offsets into the chunk that was just given to `push`. */
export interface WebSocketSink {
  /** A frame's head is whole, and its payload begins at `at`. `frame` is valid during the call. */
  onFrame?(sender: WebSocketSender, frame: FrameHead, at: number): void;
  /** A frame's last byte stands before `at`. */
  onFrameEnd?(sender: WebSocketSender, frame: FrameHead, at: number): void;
  /** A text or binary message is whole. */
  onMessage(sender: WebSocketSender): void;
  /** A close frame is whole; no code where it names none. */
  onClose(sender: WebSocketSender, code: number | undefined): void;
  /** Bytes of `sender` are no frames, those before `at` aside. Nothing of either sender will be told any more. */
  onOpaque(sender: WebSocketSender, at: number): void;
}

/**
 * Looks at both directions behind an upgrade without decoding messages: it keeps the head of the frame under way and the
 * payload of a close frame, and nothing else.
 */
export class WebSocketConnection {
  readonly client: FrameScanner;
  readonly service: FrameScanner;

  constructor({ deflate }: AgreedExtensions, sink: WebSocketSink) {
    const abandon = (): void => {
      this.client.abandon();
      this.service.abandon();
    };
    const scanner = (sender: WebSocketSender): FrameScanner =>
      new FrameScanner(sender, new SenderSink(sender, sink, abandon), deflate !== undefined);
    this.client = scanner('client');
    this.service = scanner('service');
  }

  /** Takes the next bytes of `sender`: `chunk` from `start` to `end`. */
  push(sender: WebSocketSender, chunk: Uint8Array, start: number, end: number): void {
    this[sender].push(chunk, start, end);
  }
}

class SenderSink implements FrameSink {
  readonly #sender: WebSocketSender;
  readonly #sink: WebSocketSink;
  readonly #abandon: () => void;
  /** What came of a close frame's code. */
  #code: Uint8Array | undefined;

  constructor(sender: WebSocketSender, sink: WebSocketSink, abandon: () => void) {
    this.#sender = sender;
    this.#sink = sink;
    this.#abandon = abandon;
  }

  onFrame(frame: FrameHead, at: number): void {
    if (frame.opcode === opcodes.close) this.#code = new Uint8Array(0);
    this.#sink.onFrame?.(this.#sender, frame, at);
  }

  onPayload(frame: FrameHead, chunk: Uint8Array, start: number, end: number, offset: number): void {
    if (this.#code === undefined || offset >= 2 || frame.opcode !== opcodes.close) return;
    const part = Uint8Array.prototype.slice.call(chunk, start, Math.min(end, start + 2 - offset));
    applyMask(part, frame.mask, offset);
    this.#code = Uint8Array.of(...this.#code, ...part);
  }

  onFrameEnd(frame: FrameHead, at: number): void {
    this.#sink.onFrameEnd?.(this.#sender, frame, at);
    if (this.#code !== undefined) {
      const { code } = readClose(this.#code);
      this.#code = undefined;
      this.#sink.onClose(this.#sender, code);
    } else if (frame.fin && !isControl(frame.opcode)) this.#sink.onMessage(this.#sender);
  }

  onOpaque(at: number): void {
    this.#abandon();
    this.#sink.onOpaque(this.#sender, at);
  }
}

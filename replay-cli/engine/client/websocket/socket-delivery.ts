import type { Socket } from 'node:net';
import type { RequestHead } from '../../../../tape/exchange.ts';
import { serializeRequestHead } from '../../../../wire/http1/head.ts';
import type { AgreedExtensions } from '../../../../wire/websocket/extensions.ts';
import { isControl, opcodes } from '../../../../wire/websocket/frame.ts';
import type { DecodedFrame } from '../../../../wire/websocket/message-decoder.ts';
import type { Outcome, ReplayTime, StreamControl } from '../../port.ts';
import type { Delivered, SendOptions } from '../exchange-client.ts';
import { type ConnectionFailure, failureOf } from '../failures.ts';
import type { PreciseTimer } from '../precise-timer.ts';
import { Pace } from '../stream/pace.ts';
import type { StreamStep } from '../stream/script.ts';
import { CollectedFrames } from './collected-frames.ts';
import { ClientEncoder } from './encode-message.ts';
import { closesAt } from './ending.ts';
import type { ClientFrame, LaidFrames } from './lay-frames.ts';
import { PassingFrames } from './passing-frames.ts';
import { UpgradedReader } from './upgraded-reader.ts';

export interface SocketDeliveryOptions {
  readonly socket: Socket;
  readonly timer: PreciseTimer;
  readonly head: RequestHead;
  readonly laid: LaidFrames;
  readonly send: SendOptions;
}

const nsPerMs = 1e6;
/** How long a frame waits beyond the recorded gap for what came before it on the tape, milliseconds. */
const messagePatienceMs = 5_000;
/** How long the other side may take to answer our close, and to end the connection behind it, milliseconds. */
const closePatienceMs = 1_000;
const normalClosure = Buffer.from([0x03, 0xe8]);

/** One WebSocket on its way: the request for the upgrade, the client's frames in time, the service's as they come. */
export class SocketDelivery implements StreamControl {
  readonly #options: SocketDeliveryOptions;
  readonly #pace: Pace;
  readonly #reader: UpgradedReader;
  readonly #collected = new CollectedFrames();
  readonly #sent: PassingFrames;
  readonly #received: PassingFrames;
  readonly done: Promise<Delivered>;
  #resolve: (delivered: Delivered) => void = () => {};
  #encoder: ClientEncoder | undefined;
  /** Frames that were due before the service had agreed. */
  #early: ClientFrame[] = [];
  #nextFrame = 0;
  #headAt: ReplayTime | undefined;
  /** When the last frame was sent, and when the last message came. */
  #stepAt: ReplayTime = 0;
  #lastAt: ReplayTime = 0;
  #closeSent = false;
  #written = false;
  #ended = false;
  /** We closed although the recorded client did not. */
  #closing = false;
  #closeTimer: NodeJS.Timeout | undefined;
  #deadline: NodeJS.Timeout | undefined;

  constructor(options: SocketDeliveryOptions) {
    this.#options = options;
    const { socket, send, timer, laid, head } = options;
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#sent = new PassingFrames('client', send.onMessage);
    this.#received = new PassingFrames('service', send.onMessage);
    this.#pace = new Pace({
      script: laid.script,
      timer,
      timing: send.timing,
      speed: send.speed,
      patienceMs: Number.isFinite(send.deadlineMs) ? messagePatienceMs : Number.POSITIVE_INFINITY,
      held: send.held,
      act: (step) => this.#act(step),
    });
    this.#reader = new UpgradedReader(head.method, {
      onUpgrade: (_head, agreed) => this.#onUpgrade(agreed),
      onFrame: (frame) => this.#onFrame(frame),
      onResponse: ({ headAt, ...response }) => {
        this.#headAt = headAt;
        this.#finish({ kind: 'response', ...response });
      },
      onMalformed: () => this.drop('malformed'),
    });
    socket.on('data', (chunk: Buffer) => this.#reader.push(chunk));
    socket.on('end', () => this.#onEnd());
    socket.on('error', (error: NodeJS.ErrnoException) => this.drop(failureOf(error)));
    socket.on('close', () => this.drop('closed'));
    if (!Number.isFinite(send.deadlineMs)) return;
    this.#deadline = setTimeout(() => this.drop('timeout'), send.deadlineMs);
  }

  /** Writes the request, and gives the time at which the kernel was handed it. */
  begin(): ReplayTime {
    const { socket, head, send, laid } = this.#options;
    const sentAt = performance.now();
    this.#stepAt = sentAt;
    socket.write(serializeRequestHead(head));
    send.onSent(sentAt);
    this.#pace.begin(sentAt);
    if (laid.script.steps.length === 0) this.#onWritten();
    return sentAt;
  }

  get left(): number {
    return this.#pace.left;
  }

  get isDone(): boolean {
    return this.#ended || this.#pace.isDone;
  }

  get isOpen(): boolean {
    return !this.#ended && (this.#encoder !== undefined || this.#pace.isHeld);
  }

  step(): Promise<void> {
    return this.#pace.step();
  }

  release(): void {
    this.#pace.release();
  }

  cancel(): void {
    this.drop('dropped');
  }

  /** Ends it at once. */
  drop(failure: ConnectionFailure): void {
    const { head } = this.#reader;
    const came =
      this.#encoder === undefined ? {} : { frames: this.#collected.frames, body: this.#collected.bytes() };
    this.#finish({ kind: 'failure', failure, ...(head === undefined ? {} : { head }), ...came });
    this.#options.socket.destroy();
  }

  #act({ act }: StreamStep): void {
    this.#stepAt = performance.now();
    if (act.kind === 'gone') {
      this.#finishOpen();
      this.#options.socket.destroy();
      return;
    }
    const frame = this.#options.laid.frames[this.#nextFrame++];
    if (frame === undefined) return;
    if (this.#encoder === undefined) this.#early.push(frame);
    else this.#write(frame);
    if (this.#pace.isDone) this.#onScriptEnd();
  }

  #write(frame: ClientFrame): void {
    if (this.#encoder === undefined || this.#closeSent) return;
    this.#closeSent = frame.opcode === opcodes.close;
    this.#options.socket.write(this.#encoder.encode(frame));
    this.#sent.add(frame);
  }

  #control(opcode: number, payload: Uint8Array): void {
    this.#write({ opcode, fin: true, compressed: false, payload });
  }

  #onUpgrade({ deflate }: AgreedExtensions): void {
    this.#headAt = performance.now();
    this.#encoder = new ClientEncoder(deflate?.client);
    for (const frame of this.#early.splice(0)) this.#write(frame);
    this.#pace.received('head', this.#headAt);
    if (this.#pace.isDone) this.#planClose();
  }

  #onFrame(frame: DecodedFrame): void {
    if (this.#ended) return;
    // What answers a close that the recorded client did not send is no part of the conversation.
    if (this.#closing && frame.opcode === opcodes.close) {
      this.#onClose(frame.payload);
      return;
    }
    this.#collected.add(frame);
    this.#received.add(frame);
    if (frame.opcode === opcodes.ping) this.#control(opcodes.pong, frame.payload);
    else if (frame.opcode === opcodes.close) this.#onClose(frame.payload);
    else if (frame.fin && !isControl(frame.opcode)) {
      this.#lastAt = frame.at;
      this.#pace.received('messages', frame.at);
    }
    if (this.#pace.isDone) this.#planClose();
  }

  /** The service closes, or answers our close: nothing follows (RFC 6455 section 5.5.1). */
  #onClose(payload: Uint8Array): void {
    this.#pace.stop();
    this.#control(opcodes.close, payload.subarray(0, 2));
    this.#finishOpen();
    const { socket } = this.#options;
    socket.end();
    setTimeout(() => socket.destroy(), closePatienceMs).unref();
  }

  /** All that the recorded client sent is sent. */
  #onScriptEnd(): void {
    this.#onWritten();
    this.#planClose();
  }

  /** Closes from our side if the service does not: at once where the recorded client had closed, and was answered. */
  #planClose(): void {
    clearTimeout(this.#closeTimer);
    if (this.#encoder === undefined || this.#ended) return;
    const { laid, send } = this.#options;
    const lastStep = laid.script.steps.at(-1)?.at ?? laid.script.start;
    const gap = send.timing === 'fast' ? 0 : Math.max(0, laid.endedAt - lastStep) / nsPerMs / send.speed;
    const person = !Number.isFinite(send.deadlineMs);
    const came = { messages: this.#received.count, lastAt: this.#lastAt };
    const at = closesAt({ gapMs: gap, answers: laid.answers, person }, this.#stepAt, came);
    if (at !== undefined) this.#closeTimer = setTimeout(() => this.#close(), at - performance.now());
  }

  #close(): void {
    this.#closing = !this.#closeSent;
    this.#control(opcodes.close, normalClosure);
    this.#closeTimer = setTimeout(() => {
      this.#finishOpen();
      this.#options.socket.destroy();
    }, closePatienceMs);
  }

  #onEnd(): void {
    this.#reader.finish();
    if (!this.#ended) this.drop('closed');
  }

  /** The conversation is over in order, or the client went as the recorded one did. */
  #finishOpen(): void {
    const { head } = this.#reader;
    const { frames, dropped } = this.#collected;
    const body = this.#collected.bytes();
    this.#finish(
      head === undefined
        ? { kind: 'failure', failure: 'cancelled' }
        : { kind: 'response', head, body, bodyDropped: dropped, trailers: [], frames },
    );
  }

  #onWritten(): void {
    if (this.#written) return;
    this.#written = true;
    this.#options.send.onWritten(performance.now());
  }

  #finish(outcome: Outcome): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#deadline);
    clearTimeout(this.#closeTimer);
    this.#pace.stop();
    this.#onWritten();
    const { unmet, lateMs } = this.#pace;
    const endAt = performance.now();
    this.#resolve({
      outcome,
      headAt: this.#headAt,
      endAt,
      ...(unmet === 0 ? {} : { unmet }),
      messageLateMs: lateMs,
    });
  }
}

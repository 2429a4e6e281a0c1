import type { ResponseHead } from '../../../../tape/exchange.ts';
import type { Outcome, ReplayTime, StreamControl } from '../../port.ts';
import type { Delivered, SendOptions } from '../exchange-client.ts';
import { holdUntil, type PreciseTimer } from '../precise-timer.ts';
import type { CallView } from './call-view.ts';
import { contentOf, MessageReader } from './message-reader.ts';
import { cancelCode, type Outlet } from './outlet.ts';
import { Pace } from './pace.ts';
import type { StreamScript, StreamStep } from './script.ts';

export interface StreamDeliveryOptions {
  readonly script: StreamScript;
  /** Absent where the exchange is no call, and has no messages to tell. */
  readonly view: CallView | undefined;
  readonly timer: PreciseTimer;
  readonly send: SendOptions;
  readonly outlet: Outlet;
}

type Failure = Extract<Outcome, { kind: 'failure' }>;

/** From the end of what runs to the loop's immediates, and through the write to the socket, milliseconds. */
const turnMs = 0.05;
/** How long a step of a stream waits beyond the recorded gap for what came before it on the tape, milliseconds. */
const messagePatienceMs = 5_000;

/**
 * One request on its way over a stream: its pieces or messages in time, then its response. It owns neither the stream
 * nor its connection: acts go to the outlet, and whoever reads the stream tells what comes.
 */
export class StreamDelivery implements StreamControl {
  readonly #options: StreamDeliveryOptions;
  readonly #pace: Pace;
  readonly done: Promise<Delivered>;
  #resolve: (delivered: Delivered) => void = () => {};
  #headAt: ReplayTime | undefined;
  #reader: MessageReader | undefined;
  #sent = 0;
  #received = 0;
  /** Why we ended the stream ourselves. */
  #gaveUp: 'cancelled' | 'timeout' | undefined;
  #written = false;
  #ended = false;
  #deadline: NodeJS.Timeout | undefined;

  constructor(options: StreamDeliveryOptions) {
    this.#options = options;
    const { script, timer, send } = options;
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#pace = new Pace({
      script,
      timer,
      timing: send.timing,
      speed: send.speed,
      patienceMs: Number.isFinite(send.deadlineMs) ? messagePatienceMs : Number.POSITIVE_INFINITY,
      held: send.held,
      act: (step) => this.#act(step),
    });
  }

  /** The head was submitted, with which all goes that came with it. */
  begin(): void {
    const { send } = this.#options;
    if (Number.isFinite(send.deadlineMs)) {
      this.#deadline = setTimeout(() => this.#giveUp('timeout', cancelCode), send.deadlineMs);
    }
    this.#pace.begin(performance.now());
  }

  /**
   * Resolves with the time at which the kernel had the head: node:http2 hands its frames to the socket when the loop
   * comes to its immediates, ahead of ours.
   */
  async flushed(): Promise<ReplayTime> {
    const { due = 0 } = this.#options.send;
    await new Promise((resolve) =>
      // Behind all that opening the stream has put off.
      process.nextTick(() => {
        holdUntil(due - turnMs);
        setImmediate(resolve);
      }),
    );
    const sentAt = performance.now();
    this.#options.send.onSent(sentAt);
    return sentAt;
  }

  get left(): number {
    return this.#pace.left;
  }

  get isDone(): boolean {
    return this.#ended || this.#pace.isDone;
  }

  get isOpen(): boolean {
    return !this.#ended && this.#pace.isHeld;
  }

  step(): Promise<void> {
    return this.#pace.step();
  }

  release(): void {
    this.#pace.release();
  }

  cancel(): void {
    this.#pace.stop();
    this.onWritten();
    const wasOpen = !this.#ended;
    this.#finish({ kind: 'failure', failure: 'dropped' });
    if (wasOpen) this.#options.outlet.reset(cancelCode);
  }

  onContinue(at: ReplayTime): void {
    this.#pace.received('continue', at);
  }

  onHead(head: ResponseHead, at: ReplayTime): void {
    this.#headAt = at;
    this.#pace.received('head', at);
    const { view } = this.#options;
    if (view !== undefined)
      this.#reader = new MessageReader(view.call, head.fields, (content) => this.#onMessage(content));
  }

  onData(chunk: Uint8Array): void {
    this.#reader?.push(chunk);
  }

  /** The response is whole. */
  onEnd(outcome: Outcome): void {
    // A stream that we gave up ends as well.
    if (this.#gaveUp !== undefined) return;
    this.#reader?.finish();
    this.#pace.over();
    this.#finish(outcome);
  }

  /** The stream is no more: nothing can be sent on it. */
  onClose(failure: Failure): void {
    this.#pace.stop();
    this.onWritten();
    const { head } = failure;
    if (this.#gaveUp === undefined) this.#finish(failure);
    else this.#finish({ kind: 'failure', failure: this.#gaveUp, ...(head === undefined ? {} : { head }) });
  }

  /** All of the request is with the kernel, or never will be. */
  onWritten(): void {
    if (this.#written) return;
    this.#written = true;
    this.#options.send.onWritten(performance.now());
  }

  #act(step: StreamStep): void {
    const { outlet } = this.#options;
    const { act } = step;
    this.#tellSent(step.messages);
    switch (act.kind) {
      case 'data':
        if (act.end) outlet.end(act.bytes, () => this.onWritten());
        else outlet.data(act.bytes);
        return;
      case 'end':
        outlet.end(undefined, () => this.onWritten());
        return;
      case 'reset':
        this.#giveUp('cancelled', act.code);
        return;
      case 'gone':
        if (this.#ended) return;
        this.#gaveUp = 'cancelled';
        this.#pace.stop();
        outlet.leave();
    }
  }

  #tellSent(messages: number): void {
    const { send, view } = this.#options;
    for (let each = 0; each < messages; each++) {
      const frame = view?.sent[this.#sent++];
      if (frame === undefined || view === undefined) return;
      const content = () => contentOf(frame, view.encoding);
      send.onMessage({ from: 'client', number: this.#sent, at: performance.now(), content });
    }
  }

  #onMessage(content: () => Uint8Array | undefined): void {
    const at = performance.now();
    this.#received++;
    this.#options.send.onMessage({ from: 'service', number: this.#received, at, content });
    this.#pace.received('messages', at);
  }

  #giveUp(why: 'cancelled' | 'timeout', code: number): void {
    if (this.#ended) return;
    this.#gaveUp = why;
    this.#pace.stop();
    this.#options.outlet.reset(code);
  }

  #finish(outcome: Outcome): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#deadline);
    const { unmet, lateMs } = this.#pace;
    this.#resolve({
      outcome,
      headAt: this.#headAt,
      endAt: performance.now(),
      ...(unmet === 0 ? {} : { unmet }),
      messageLateMs: lateMs,
    });
  }
}

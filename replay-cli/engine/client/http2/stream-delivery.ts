import type { ClientHttp2Stream } from 'node:http2';
import type { HeaderField, ResponseHead } from '../../../../tape/exchange.ts';
import type { Outcome, ReplayTime } from '../../port.ts';
import { CollectedBody } from '../collected-body.ts';
import type { Delivered, SendOptions } from '../exchange-client.ts';
import type { ConnectionFailure } from '../failures.ts';
import type { PreciseTimer } from '../precise-timer.ts';
import { Pace } from '../stream/pace.ts';
import type { StreamStep } from '../stream/script.ts';
import { type Http2Connection, sessionFailure } from './http2-connection.ts';
import { fieldsOf, type RawHead, responseHead, trailerObject } from './raw-head.ts';
import type { LaidStream } from './stream-script.ts';

export interface StreamDeliveryOptions {
  readonly connection: Http2Connection;
  readonly timer: PreciseTimer;
  readonly head: RawHead;
  readonly laid: LaidStream;
  readonly trailers: readonly HeaderField[];
  readonly send: SendOptions;
}

/** How long a step of a stream waits beyond the recorded gap for what came before it on the tape, milliseconds. */
const messagePatienceMs = 5_000;
/** CANCEL (RFC 9113 section 7). */
const cancel = 8;

/** One request on its way over an open HTTP/2 connection: head, pieces in time, then its response. */
export class StreamDelivery {
  readonly #options: StreamDeliveryOptions;
  readonly #pace: Pace;
  readonly #stream: ClientHttp2Stream;
  readonly #body = new CollectedBody();
  readonly done: Promise<Delivered>;
  #resolve: (delivered: Delivered) => void = () => {};
  #head: ResponseHead | undefined;
  #headAt: ReplayTime | undefined;
  #trailers: readonly HeaderField[] = [];
  /** Why we ended the stream ourselves. */
  #gaveUp: 'cancelled' | 'timeout' | undefined;
  #lost: ConnectionFailure | undefined;
  #written = false;
  #ended = false;
  #deadline: NodeJS.Timeout | undefined;

  /** Submits the head; it is on the wire once the event loop has turned. */
  constructor(options: StreamDeliveryOptions) {
    this.#options = options;
    const { connection, head, laid, trailers, timer, send } = options;
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#pace = new Pace({
      script: laid.script,
      timer,
      timing: send.timing,
      speed: send.speed,
      patienceMs: Number.isFinite(send.deadlineMs) ? messagePatienceMs : Number.POSITIVE_INFINITY,
      held: false,
      act: (step) => this.#act(step),
    });
    this.#stream = connection.request(head, {
      endStream: laid.endsWithHead,
      waitForTrailers: trailers.length > 0,
    });
    this.#listen();
  }

  /** Begins with the pieces. Resolves with the time at which the kernel had the head. */
  async begin(): Promise<ReplayTime> {
    const { send, laid } = this.#options;
    if (Number.isFinite(send.deadlineMs)) {
      this.#deadline = setTimeout(() => this.#giveUp('timeout', cancel), send.deadlineMs);
    }
    this.#pace.begin(performance.now());
    // node:http2 hands its frames to the socket when the loop comes to its immediates, ahead of ours.
    await new Promise((resolve) => setImmediate(resolve));
    const sentAt = performance.now();
    send.onSent(sentAt);
    if (laid.endsWithHead) this.#onWritten();
    return sentAt;
  }

  #listen(): void {
    const stream = this.#stream;
    stream.on('headers', (_head, _flags, raw: string[]) => {
      if (responseHead(raw).status === 100) this.#pace.received('continue', performance.now());
    });
    stream.on('response', (_head, _flags, raw: string[]) => this.#onHead(responseHead(raw)));
    stream.on('trailers', (_trailers, _flags, raw: string[]) => {
      this.#trailers = fieldsOf(raw);
    });
    stream.on('data', (chunk: Buffer) => this.#body.add(chunk, performance.now()));
    stream.on('end', () => this.#onEnd());
    stream.on('wantTrailers', () => stream.sendTrailers(trailerObject(this.#options.trailers)));
    // The session tells its own error only after its streams have closed.
    stream.on('error', (error) => {
      this.#lost ??= sessionFailure(error);
    });
    stream.on('close', () => this.#onClose());
  }

  #act({ act }: StreamStep): void {
    switch (act.kind) {
      case 'data':
        if (act.end) this.#stream.end(act.bytes, () => this.#onWritten());
        else this.#stream.write(act.bytes);
        return;
      case 'end':
        this.#stream.end(() => this.#onWritten());
        return;
      case 'reset':
        this.#giveUp('cancelled', act.code);
        return;
      case 'gone':
        this.#giveUp('cancelled', cancel);
        if (this.#options.connection.open <= 1) this.#options.connection.drop('dropped');
    }
  }

  #giveUp(why: 'cancelled' | 'timeout', code: number): void {
    if (this.#ended) return;
    this.#gaveUp = why;
    this.#pace.stop();
    this.#stream.close(code);
  }

  #onHead(head: ResponseHead): void {
    this.#head = head;
    this.#headAt = performance.now();
    this.#pace.received('head', this.#headAt);
  }

  #onEnd(): void {
    const head = this.#head;
    // A stream that we gave up ends as well.
    if (head === undefined || this.#gaveUp !== undefined) return;
    this.#pace.over();
    this.#finish({
      kind: 'response',
      head,
      body: this.#body.bytes(),
      bodyDropped: this.#body.dropped,
      trailers: this.#trailers,
      arrivals: this.#body.arrivals,
    });
  }

  #onClose(): void {
    this.#pace.stop();
    this.#onWritten();
    const head = this.#head;
    this.#finish({ kind: 'failure', ...this.#failure(), ...(head === undefined ? {} : { head }) });
  }

  #failure(): Pick<Extract<Outcome, { kind: 'failure' }>, 'failure' | 'rst'> {
    const { rstCode } = this.#stream;
    const lost = this.#options.connection.failure ?? this.#lost;
    if (this.#gaveUp !== undefined) return { failure: this.#gaveUp };
    if (lost !== undefined) return { failure: lost };
    return rstCode === undefined || rstCode === 0 ? { failure: 'closed' } : { failure: 'rst', rst: rstCode };
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
    this.#resolve({ outcome, headAt: this.#headAt, endAt: performance.now() });
  }
}

import type { Sender } from '../../../ledger/segment.ts';
import type { ExchangeFailure, TapeTime } from '../../../tape/exchange.ts';
import type { GapCause } from '../../../tape/gap.ts';
import type { FieldBlock, Http2Sink, Http2Stream } from '../../../wire/http2/events.ts';
import type { DecodeContext } from '../connection-decoder.ts';
import type { PendingExchange } from '../pending-exchange.ts';
import { Http2Exchange } from './exchange.ts';
import { requestHead, responseHead } from './heads.ts';
import { Http2Message } from './message.ts';

type Stream = Http2Stream<Http2Exchange>;

/** Makes exchanges of what a connection tells. */
export class ExchangeSink implements Http2Sink<Http2Exchange> {
  /** When the record at hand passed. */
  at: TapeTime = 0;
  /** Why content is skipped in it. */
  skipCause: GapCause = 'body_limit';
  /** Exchanges that are not over, by stream. */
  readonly pending = new Map<number, Http2Exchange>();
  readonly #context: DecodeContext;
  #over: Http2Exchange[] = [];

  constructor(context: DecodeContext) {
    this.#context = context;
  }

  /** Exchanges that are over since this was last asked, in the order of their requests. */
  takeOver(): readonly PendingExchange[] {
    const over = this.#over;
    if (over.length > 0) this.#over = [];
    return over.length > 1 ? over.sort((a, b) => a.message - b.message) : over;
  }

  /** The tunnel leaves this stream out. */
  ignore(stream: number): void {
    this.pending.delete(stream);
    this.#context.gaps.add('ignored', 'exchanges', 1, this.at);
  }

  /** The exchange is over as it is. */
  fail(exchange: Http2Exchange, failure: ExchangeFailure, failedAt?: TapeTime): void {
    exchange.fail(failure, failedAt);
    exchange.requestOver = true;
    this.#finish(exchange);
  }

  /** The exchange is over, since its bytes are missing from here on. */
  lose(exchange: Http2Exchange, cause: GapCause, at: TapeTime): void {
    if (!exchange.requestOver) exchange.miss('request', cause, 0, at);
    if (!exchange.responseOver) exchange.miss('response', cause, 0, at);
    this.fail(exchange, 'gap');
  }

  onRequest(stream: Stream, { fields }: FieldBlock): void {
    const request = Http2Message.of(stream.client.messages, this.at, this.#context.bodyLimit);
    const exchange = new Http2Exchange(stream.id, requestHead(fields), request);
    stream.own = exchange;
    this.pending.set(stream.id, exchange);
  }

  onResponse({ own: exchange, service }: Stream, status: number, { fields }: FieldBlock): void {
    if (exchange === undefined) return;
    exchange.response ??= { beganAt: this.at, interim: [] };
    const head = responseHead(status, fields);
    if (status < 200) exchange.response.interim.push({ at: this.at, head });
    else exchange.answer(head, this.#context, this.at, service.messages);
  }

  onTrailers({ own: exchange }: Stream, sender: Sender, { fields }: FieldBlock): void {
    const message = exchange?.part(sender);
    if (message !== undefined) message.trailers = fields;
  }

  onData(stream: Stream, sender: Sender, bytes: Uint8Array, start: number, end: number): void {
    stream.own?.add(sender, stream.message(sender), this.at, bytes, start, end);
  }

  onSkipped(stream: Stream, sender: Sender, length: number): void {
    stream.own?.skip(sender, stream.message(sender), length, this.skipCause, this.at);
  }

  onStrayData(): void {}

  onEnd({ own: exchange }: Stream, sender: Sender, inHeaders: boolean): void {
    if (exchange === undefined) return;
    exchange.end(sender, this.at, inHeaders);
    if (exchange.isOver) this.#finish(exchange);
  }

  onReset({ own: exchange }: Stream, sender: Sender, code: number): void {
    if (exchange === undefined) return;
    if (!exchange.responseOver) exchange.rst = code;
    this.fail(exchange, sender === 'client' ? 'client_rst' : 'service_rst', this.at);
  }

  onPush(): void {
    this.#context.gaps.add('pushed', 'exchanges', 1, this.at);
  }

  /** The service has not looked at what came behind `last`. */
  onGoaway(sender: Sender, last: number): void {
    if (sender === 'client') return;
    for (const exchange of this.pending.values()) {
      if (exchange.message > last) this.fail(exchange, 'service_closed', this.at);
    }
  }

  onOpaque(): void {}

  #finish(exchange: Http2Exchange): void {
    if (this.pending.get(exchange.message) !== exchange) return;
    this.pending.delete(exchange.message);
    this.#over.push(exchange);
  }
}

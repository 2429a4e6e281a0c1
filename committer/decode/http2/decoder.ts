import type { DataRecord, Ending, Sender, SkipRecord, StateRecord } from '../../../ledger/segment.ts';
import type { ExchangeFailure, TapeTime } from '../../../tape/exchange.ts';
import type { GapCause } from '../../../tape/gap.ts';
import { Http2Connection, type Upgraded } from '../../../wire/http2/connection.ts';
import type { ConnectionDecoder, DecodeContext, PassedRecord } from '../connection-decoder.ts';
import { failureAtEdge, failureBy, type KnownFailure, type SeenEnding } from '../http1/failure.ts';
import type { PendingExchange } from '../pending-exchange.ts';
import { type Http2Exchange, standing } from './exchange.ts';
import { ExchangeSink } from './exchange-sink.ts';
import { resumedExchange } from './resumed.ts';

const senders = ['client', 'service'] as const satisfies readonly Sender[];

/** An exchange that was under way where bytes are missing, and where its stream stood. */
interface Interrupted {
  readonly exchange: Http2Exchange;
  readonly stood: string;
}

/**
 * Decodes a connection of HTTP/2: each stream is an exchange. It begins with the connection or at a state. Where bytes
 * are missing it waits for the next state, and goes on there with the exchanges of which nothing is missing; the others
 * are over (`gap`), and their streams go on as partial exchanges.
 */
export class Http2Decoder implements ConnectionDecoder {
  readonly reads = 'http/2';
  readonly #context: DecodeContext;
  readonly #sink: ExchangeSink;
  #connection: Http2Connection<Http2Exchange> | undefined;
  #interrupted = new Map<number, Interrupted>();
  #why: GapCause;
  readonly #endings: Partial<Record<Sender, SeenEnding>> = {};
  /** Holes by which a sender's bytes are known to be untouched. */
  readonly #seen: Record<Sender, number>;
  /** It has been decoded from somewhere on. */
  #begun = false;
  #opaque = false;

  constructor(context: DecodeContext) {
    this.#context = context;
    this.#why = context.edge;
    this.#seen = { client: context.holes.count, service: context.holes.count };
    this.#sink = new ExchangeSink(context);
  }

  get idle(): boolean {
    return this.#sink.pending.size === 0;
  }

  pending(message: number): PendingExchange | undefined {
    return this.#sink.pending.get(message);
  }

  inFlight(at: TapeTime): number {
    let count = 0;
    for (const { request } of this.#sink.pending.values()) if (request.beganAt < at) count++;
    return count;
  }

  takeOver(): readonly PendingExchange[] {
    return this.#sink.takeOver();
  }

  take(record: PassedRecord, at: TapeTime): void {
    this.#sink.at = at;
    switch (record.kind) {
      case 'data':
      case 'skip':
        this.#passed(record, at);
        break;
      case 'state':
        this.#state(record, at);
        break;
      case 'end':
        this.#end(record.sender, record.how, at);
        break;
      case 'opaque':
        this.#turnOpaque(record.cause, at);
        break;
      case 'message_end':
        break;
    }
  }

  close(at: TapeTime): void {
    this.#sink.at = at;
    if (this.#isHoled()) this.#cut(at);
    this.#giveUp(at);
    this.#failAll(failureAtEdge(this.#endings.client), at);
  }

  /** Goes on with a connection that HTTP/1 upgraded; stream 1 is `exchange`. */
  begin(upgraded: Upgraded, offsets: Readonly<Record<Sender, number>>, exchange: Http2Exchange): void {
    const connection = new Http2Connection(this.#sink, { keepsAll: true, upgraded });
    for (const sender of senders) connection[sender].offset = offsets[sender];
    const stream = connection.streams.get(1);
    if (stream !== undefined) stream.own = exchange;
    this.#sink.pending.set(1, exchange);
    this.#connection = connection;
  }

  #isHoled(): boolean {
    return senders.some((sender) => this.#seen[sender] !== this.#context.holes.count);
  }

  #passed(record: DataRecord | SkipRecord, at: TapeTime): void {
    if (record.kind === 'skip' && record.length === 0) {
      this.#ignore(record.message);
      return;
    }
    if (record.offset === 0 && !this.#begun && !this.#opaque) {
      this.#begun = true;
      this.#connection = new Http2Connection(this.#sink, { keepsAll: true });
    }
    if (this.#connection !== undefined && this.#connection[record.sender].offset !== record.offset)
      this.#cut(at);
    this.#seen[record.sender] = this.#context.holes.count;
    if (this.#connection === undefined) this.#miss(record, at);
    else this.#follow(this.#connection, record, at);
  }

  #ignore(message: number): void {
    const stream = this.#connection?.streams.get(message);
    if (stream !== undefined) stream.own = undefined;
    this.#sink.ignore(message);
  }

  #miss(record: DataRecord | SkipRecord, at: TapeTime): void {
    const length = record.kind === 'data' ? record.bytes.length : record.length;
    this.#context.gaps.add(this.#why, 'bytes', length, at);
  }

  #follow(connection: Http2Connection<Http2Exchange>, record: DataRecord | SkipRecord, at: TapeTime): void {
    connection.calm();
    if (record.kind === 'data') connection.push(record.sender, record.bytes, 0, record.bytes.length);
    else {
      this.#sink.skipCause = record.cause;
      if (!connection.skip(record.sender, record.length)) this.#cut(at);
    }
    if (!connection.opaque) return;
    // What the other sender sent before may be missing: then this is no breach of the protocol.
    if (this.#isHoled() || connection.client.offset === 0) this.#cut(at);
    else this.#turnOpaque('malformed', at);
  }

  /** It matters where bytes are missing; else both senders stand where it says. */
  #state({ bytes }: StateRecord, at: TapeTime): void {
    if (this.#opaque) return;
    const next = Http2Connection.fromState(bytes, this.#sink, { keepsAll: true });
    if (next === undefined) return;
    const connection = this.#connection;
    const isWhole =
      connection !== undefined &&
      senders.every((sender) => connection[sender].offset === next[sender].offset);
    if (!isWhole) {
      if (connection !== undefined) this.#cut(at);
      this.#resume(next, at);
    }
    for (const sender of senders) this.#seen[sender] = this.#context.holes.count;
  }

  #resume(connection: Http2Connection<Http2Exchange>, at: TapeTime): void {
    this.#begun = true;
    this.#connection = connection;
    const cause = this.#why === 'window_edge' ? 'stream_edge' : this.#why;
    for (const stream of connection.streams) {
      const interrupted = this.#interrupted.get(stream.id);
      if (interrupted?.stood === standing(stream)) {
        stream.own = interrupted.exchange;
        this.#interrupted.delete(stream.id);
      } else if (!stream.ignored) this.#partial(stream, cause, at);
    }
    this.#giveUp(at);
    for (const { id, own } of connection.streams) if (own !== undefined) this.#sink.pending.set(id, own);
  }

  #partial(stream: Parameters<typeof resumedExchange>[0], cause: GapCause, at: TapeTime): void {
    stream.own = resumedExchange(stream, { cause, at, limits: this.#context });
    if (stream.own === undefined) this.#context.gaps.add(cause, 'exchanges', 1, at);
  }

  /** Bytes are missing: exchanges under way wait for the next state. */
  #cut(at: TapeTime): void {
    this.#why = this.#context.holes.cause;
    const connection = this.#connection;
    if (connection === undefined) return;
    this.#connection = undefined;
    this.#giveUp(at);
    for (const stream of connection.streams) {
      if (stream.own === undefined) continue;
      this.#interrupted.set(stream.id, { exchange: stream.own, stood: standing(stream) });
    }
  }

  /** What was interrupted does not go on. */
  #giveUp(at: TapeTime): void {
    for (const { exchange } of this.#interrupted.values()) this.#sink.lose(exchange, this.#why, at);
    this.#interrupted.clear();
  }

  #end(sender: Sender, how: Ending, at: TapeTime): void {
    this.#endings[sender] = { how, at };
    if (this.#isHoled()) this.#cut(at);
    if (sender === 'client') {
      for (const exchange of this.#sink.pending.values()) exchange.requestOver = true;
      return;
    }
    this.#giveUp(at);
    this.#failAll(failureBy({ how, at }, this.#endings.client), at);
  }

  #failAll({ failure, failedAt }: KnownFailure, at: TapeTime): void {
    for (const exchange of this.#sink.pending.values()) {
      if (failure === 'in_flight' && !exchange.responseOver) exchange.note('response', 'in_flight_limit', at);
      this.#sink.fail(exchange, failure satisfies ExchangeFailure, failedAt);
    }
  }

  #turnOpaque(cause: GapCause, at: TapeTime): void {
    if (!this.#opaque) this.#context.gaps.add(cause, 'connections', 1, at);
    this.#opaque = true;
    this.#connection = undefined;
    this.#why = cause;
    this.#giveUp(at);
    for (const exchange of this.#sink.pending.values()) this.#sink.lose(exchange, cause, at);
  }
}

import type { TargetAddress } from '../../../../program/address.ts';
import type { Exchange, ExchangeWithBodies } from '../../../../tape/exchange.ts';
import type { OutgoingRequest } from '../../request/replace-body.ts';
import { Connections } from '../connections.ts';
import type {
  ConnectionCounts,
  ExchangeClient,
  OnItsWay,
  ReadyRequest,
  SendOptions,
} from '../exchange-client.ts';
import type { PreciseTimer } from '../precise-timer.ts';
import type { TargetTls } from '../target-socket.ts';
import { Delivery } from './delivery.ts';
import { type Leaving, leavingOf } from './open-response.ts';
import { TargetConnection } from './target-connection.ts';
import { type WirePieces, wirePieces } from './wire-pieces.ts';

/** Sends HTTP/1 exchanges: byte for byte as recorded, one connection for each recorded one. */
export class Http1Client implements ExchangeClient {
  readonly #connections = new Connections((target) => new TargetConnection(target, this.#tls));
  readonly #timer: PreciseTimer;
  readonly #tls: TargetTls;

  constructor(timer: PreciseTimer, tls: TargetTls) {
    this.#timer = timer;
    this.#tls = tls;
  }

  get counts(): ConnectionCounts {
    return this.#connections.counts;
  }

  prepare({ connection }: Exchange, target: TargetAddress): void {
    this.#connections.prepare(connection, target);
  }

  ready(request: OutgoingRequest, recorded: ExchangeWithBodies): ReadyRequest {
    const { exchange } = recorded;
    const pieces = wirePieces(request, exchange);
    const leaving = leavingOf(recorded);
    return { leadMs: 0, send: (options) => this.#send(exchange, pieces, leaving, options) };
  }

  [Symbol.dispose](): void {
    this.#connections[Symbol.dispose]();
  }

  async #send(
    exchange: Exchange,
    pieces: WirePieces,
    leaving: Leaving | undefined,
    options: SendOptions,
  ): Promise<OnItsWay> {
    const connection = this.#connections.take(
      exchange.connection,
      options.target,
      // A busy one is left alone, unless the request queued behind others when it was recorded.
      ({ open }) => options.pipelined || open === 0,
    );
    const refused = connection.isConnected
      ? undefined
      : await connection.connected.catch((error: unknown) => error);
    const delivery = new Delivery({
      connection,
      timer: this.#timer,
      method: exchange.request.head.method,
      pieces,
      speed: options.speed,
      deadlineMs: options.deadlineMs,
      abandon: exchange.failure === 'client_gone' && exchange.times.requestEnd === undefined,
      leaving,
      onWritten: options.onWritten,
      onMessage: options.onMessage,
    });
    const sentAt = delivery.begin();
    options.onSent(sentAt);
    const ends = options.isLast || this.#connections.isExtra(connection);
    const done = delivery.done.then((delivered) => {
      if (ends) this.#connections.finish(exchange.connection, connection);
      return delivered;
    });
    return { sentAt, done, ...(refused === undefined ? {} : { refused }) };
  }
}

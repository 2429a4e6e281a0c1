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
import { Http2Connection } from './http2-connection.ts';
import { rawRequestHead } from './raw-head.ts';
import { refusedDelivery } from './refused-delivery.ts';
import { StreamDelivery, type StreamDeliveryOptions } from './stream-delivery.ts';
import { headReceipts, layStream } from './stream-script.ts';

/**
 * Sends HTTP/2 exchanges: heads and bodies as recorded, streams that shared a connection over one connection. Plain
 * targets are spoken to by prior knowledge (RFC 9113 section 3.3).
 */
export class Http2Client implements ExchangeClient {
  readonly #connections = new Connections((target) => new Http2Connection(target));
  readonly #timer: PreciseTimer;
  /** Connections on which the recorded client opened no more streams. */
  readonly #finished = new Set<number>();

  constructor(timer: PreciseTimer) {
    this.#timer = timer;
  }

  get counts(): ConnectionCounts {
    return this.#connections.counts;
  }

  prepare({ connection }: Exchange, target: TargetAddress): void {
    this.#connections.prepare(connection, target);
  }

  ready(request: OutgoingRequest, { exchange }: ExchangeWithBodies): ReadyRequest {
    const laid = layStream(request, exchange, headReceipts(exchange));
    const head = rawRequestHead(request.message.head);
    const trailers = request.message.trailers ?? [];
    return { send: (options) => this.#send(exchange, { laid, head, trailers }, options) };
  }

  [Symbol.dispose](): void {
    this.#connections[Symbol.dispose]();
  }

  async #send(
    exchange: Exchange,
    request: Pick<StreamDeliveryOptions, 'laid' | 'head' | 'trailers'>,
    send: SendOptions,
  ): Promise<OnItsWay> {
    const connection = this.#connections.take(exchange.connection, send.target, ({ hasRoom }) => hasRoom);
    if (!connection.isConnected) {
      try {
        await connection.connected;
      } catch (refused) {
        return refusedDelivery(send, refused);
      }
    }
    const delivery = new StreamDelivery({ ...request, connection, timer: this.#timer, send });
    const sentAt = await delivery.begin();
    if (send.isLast) this.#finished.add(exchange.connection);
    const done = delivery.done.then((delivered) => {
      this.#finish(exchange.connection, connection);
      return delivered;
    });
    return { sentAt, done };
  }

  /** Streams end in any order, so that the last of a connection is not always the one that was opened last. */
  #finish(number: number, connection: Http2Connection): void {
    if (!this.#finished.has(number) && !this.#connections.isExtra(connection)) return;
    // The stream that has just ended is counted until it has closed.
    setImmediate(() => this.#connections.finish(number, connection));
  }
}

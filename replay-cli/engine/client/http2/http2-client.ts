import type { TargetAddress } from '../../../../program/address.ts';
import type { Exchange, ExchangeWithBodies, HeaderField } from '../../../../tape/exchange.ts';
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
import { refusedDelivery } from '../refused-delivery.ts';
import { type CallView, viewCall } from '../stream/call-view.ts';
import { StreamDelivery } from '../stream/stream-delivery.ts';
import type { TargetTls } from '../target-socket.ts';
import { Http2Connection } from './http2-connection.ts';
import { Http2Outlet } from './http2-outlet.ts';
import { type RawHead, rawRequestHead, trailerObject } from './raw-head.ts';
import { connectResponse } from './response-stream.ts';
import { type LaidStream, layStream } from './stream-script.ts';

/** What opening a stream takes node:http2, and a turn of the event loop, milliseconds. */
const leadMs = 0.25;

interface LaidRequest {
  readonly laid: LaidStream;
  readonly view: CallView | undefined;
  readonly head: RawHead;
  readonly trailers: readonly HeaderField[];
}

/**
 * Sends HTTP/2 exchanges: heads and bodies as recorded, streams that shared a connection over one connection. Plain
 * targets are spoken to by prior knowledge (RFC 9113 section 3.3).
 */
export class Http2Client implements ExchangeClient {
  readonly #connections = new Connections((target) => new Http2Connection(target, this.#tls));
  readonly #timer: PreciseTimer;
  readonly #tls: TargetTls;
  /** Connections on which the recorded client opened no more streams. */
  readonly #finished = new Set<number>();

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
    const view = viewCall(request, recorded);
    const laid = layStream(request, recorded.exchange, view);
    const head = rawRequestHead(request.message.head);
    const trailers = request.message.trailers ?? [];
    return {
      leadMs,
      send: (options) => this.#send(recorded.exchange, { laid, view, head, trailers }, options),
    };
  }

  [Symbol.dispose](): void {
    this.#connections[Symbol.dispose]();
  }

  async #send({ connection: number }: Exchange, request: LaidRequest, send: SendOptions): Promise<OnItsWay> {
    const connection = this.#connections.take(number, send.target, ({ hasRoom }) => hasRoom);
    if (!connection.isConnected) {
      try {
        await connection.connected;
      } catch (refused) {
        return refusedDelivery(send, refused);
      }
    }
    const delivery = this.#submit(connection, request, send);
    if (send.isLast) this.#finished.add(number);
    const sentAt = await delivery.flushed();
    if (request.laid.endsWithHead) delivery.onWritten();
    const done = delivery.done.then((delivered) => {
      this.#finish(number, connection);
      return delivered;
    });
    return { sentAt, done, stream: delivery };
  }

  #submit(connection: Http2Connection, request: LaidRequest, send: SendOptions): StreamDelivery {
    const { laid, view, head, trailers } = request;
    const waitForTrailers = trailers.length > 0;
    const stream = connection.request(head, { endStream: laid.endsWithHead, waitForTrailers });
    stream.on('wantTrailers', () => stream.sendTrailers(trailerObject(trailers)));
    const outlet = new Http2Outlet(stream, connection);
    const delivery = new StreamDelivery({ script: laid.script, view, timer: this.#timer, send, outlet });
    connectResponse(stream, delivery, () => connection.failure);
    delivery.begin();
    return delivery;
  }

  /** Streams end in any order, so that the last of a connection is not always the one that was opened last. */
  #finish(number: number, connection: Http2Connection): void {
    if (!this.#finished.has(number) && !this.#connections.isExtra(connection)) return;
    // The stream that has just ended is counted until it has closed.
    setImmediate(() => this.#connections.finish(number, connection));
  }
}

import { DvrError } from '../../../../errors/index.ts';
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
import { whyNoHttp2Head } from '../http2/raw-head.ts';
import { connectResponse } from '../http2/response-stream.ts';
import type { PreciseTimer } from '../precise-timer.ts';
import { refusedDelivery } from '../refused-delivery.ts';
import { type CallView, viewCall } from '../stream/call-view.ts';
import type { StreamScript } from '../stream/script.ts';
import { StreamDelivery } from '../stream/stream-delivery.ts';
import type { TargetTls } from '../target-socket.ts';
import { CallConnection, type CallSettings } from './call-connection.ts';
import { CallOutlet } from './call-outlet.ts';
import { layCall } from './call-script.ts';
import { withOpenedStream } from './opened-streams.ts';
import { lossOf } from './session-loss.ts';
import { encodings, whyNotMetadata } from './why-not.ts';

/** What a call takes until grpc-js has opened its stream, and a turn of the event loop, milliseconds. */
const leadMs = 0.4;

interface LaidCall {
  readonly path: string;
  readonly fields: readonly HeaderField[];
  readonly view: CallView;
  readonly script: StreamScript;
}

/**
 * Sends calls of gRPC through grpc-js, whatever their kind: the messages of the request one by one at their times. A
 * recorded connection is a channel with a connection of its own. What comes back is read from the streams that grpc-js
 * opens, so that heads, trailers and reset codes are those of the wire.
 */
export class GrpcClient implements ExchangeClient {
  readonly #settings = new Map<number, CallSettings>();
  readonly #connections = new Connections(
    (target, number) => new CallConnection(target, this.#tls, this.#settings.get(number) ?? plain),
  );
  readonly #timer: PreciseTimer;
  readonly #tls: TargetTls;
  readonly #finished = new Set<number>();
  readonly #open = new Set<StreamDelivery>();

  constructor(timer: PreciseTimer, tls: TargetTls) {
    this.#timer = timer;
    this.#tls = tls;
  }

  get counts(): ConnectionCounts {
    return this.#connections.counts;
  }

  prepare(exchange: Exchange, target: TargetAddress): void {
    this.#learn(exchange);
    this.#connections.prepare(exchange.connection, target);
  }

  /**
   * Takes calls alone that `whyNotGrpcJs` has nothing against. Throws `usage` where what was set by hand is no metadata.
   */
  ready(request: OutgoingRequest, recorded: ExchangeWithBodies): ReadyRequest {
    const { exchange } = recorded;
    const view = viewCall(request, recorded);
    const script = view && layCall(view, exchange);
    if (view === undefined || script === undefined) throw new Error('grpc-js was given what it cannot send');
    const { target: path, fields } = request.message.head;
    const why = whyNotMetadata(fields) ?? whyNoHttp2Head(request.message.head);
    if (why !== undefined)
      throw new DvrError('usage', `the request cannot be sent: ${why}`, { where: '--header' });
    this.#learn(exchange);
    return {
      leadMs,
      send: (options) => this.#send(exchange.connection, { path, fields, view, script }, options),
    };
  }

  /** grpc-js keeps the calls of a channel that is closed, and its connection with them: they are cancelled first. */
  [Symbol.dispose](): void {
    for (const delivery of this.#open) delivery.cancel();
    this.#connections[Symbol.dispose]();
  }

  /** The first call of a connection says what is the same for all of them. */
  #learn({ connection, request: { head } }: Exchange): void {
    if (this.#settings.has(connection)) return;
    const value = (wanted: string) => head.fields.find(([name]) => name === wanted)?.[1];
    const compression = encodings.get(value('grpc-encoding') ?? '') ?? 0;
    this.#settings.set(connection, { userAgent: value('user-agent'), compression });
  }

  async #send(number: number, call: LaidCall, send: SendOptions): Promise<OnItsWay> {
    const connection = this.#connections.take(number, send.target, () => true);
    if (!connection.isConnected) {
      try {
        await connection.connected();
      } catch (refused) {
        return refusedDelivery(send, refused);
      }
    }
    if (send.isLast) this.#finished.add(number);
    const { delivery, opened } = this.#begin(connection, call, send, () => {
      if (this.#finished.has(number)) this.#connections.finish(number, connection);
    });
    await opened;
    const sentAt = await delivery.flushed();
    return { sentAt, done: delivery.done, stream: delivery };
  }

  #begin(
    connection: CallConnection,
    { path, fields, view, script }: LaidCall,
    send: SendOptions,
    onOver: () => void,
  ): { readonly delivery: StreamDelivery; readonly opened: Promise<void> } {
    const opened = Promise.withResolvers<void>();
    let isOpened = false;
    const call = withOpenedStream(
      (stream) => {
        // A call that was refused is tried again by grpc-js, which the recorded client may not have done.
        if (isOpened) return;
        isOpened = true;
        const { session } = stream;
        connectResponse(stream, delivery, () => (session === undefined ? undefined : lossOf(session)));
        // Not from within the opening of the stream.
        queueMicrotask(() => {
          delivery.begin();
          opened.resolve();
        });
      },
      () => connection.call(path, fields),
    );
    const outlet = new CallOutlet(call);
    const delivery = new StreamDelivery({ script, view, timer: this.#timer, send, outlet });
    // What there is to know was read from the stream; a call that never had one was not begun.
    call.on('error', () => {});
    call.on('status', () => {
      setImmediate(() => {
        delivery.onClose({ kind: 'failure', failure: 'closed' });
        onOver();
      });
      opened.resolve();
    });
    call.resume();
    this.#open.add(delivery);
    delivery.done.then(() => {
      this.#open.delete(delivery);
      call.cancel();
    });
    return { delivery, opened: opened.promise };
  }
}

const plain: CallSettings = { userAgent: undefined, compression: 0 };

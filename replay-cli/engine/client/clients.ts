import type { Exchange, ExchangeWithBodies } from '../../../tape/exchange.ts';
import { callOf } from '../../../wire/grpc/call.ts';
import type { Over } from '../port.ts';
import type { ConnectionCounts, ExchangeClient } from './exchange-client.ts';
import type { GrpcClient } from './grpc/grpc-client.ts';
import { Http1Client } from './http1/http1-client.ts';
import { Http2Client } from './http2/http2-client.ts';
import type { PreciseTimer } from './precise-timer.ts';
import type { TargetTls } from './target-socket.ts';
import { WebSocketClient } from './websocket/websocket-client.ts';

/** The client that sends an exchange, and why it is this one where another was to be expected. */
export interface Chosen {
  readonly client: ExchangeClient;
  readonly over: Over;
}

/** The clients of one pass, one for each protocol. Closed by whoever made it. */
export class Clients implements Disposable {
  readonly #timer: PreciseTimer;
  readonly #tls: TargetTls;
  readonly #setByHand: readonly string[];
  readonly #http1: ExchangeClient;
  readonly #http2: ExchangeClient;
  readonly #webSocket: ExchangeClient;
  #grpc: GrpcClient | undefined;
  /** Recorded connections that carry what grpc-js cannot send: all of it goes over one connection of ours all the same. */
  readonly #asBytes = new Map<number, { readonly id: number; readonly why: string }>();
  /** The compression of the calls of a recorded connection. */
  readonly #encodings = new Map<number, string>();

  /** `setByHand`: names of header fields that are set in every request. */
  constructor(timer: PreciseTimer, tls: TargetTls, setByHand: readonly string[]) {
    this.#setByHand = setByHand.map((name) => name.toLowerCase());
    this.#timer = timer;
    this.#tls = tls;
    this.#http1 = new Http1Client(timer, tls);
    this.#http2 = new Http2Client(timer, tls);
    this.#webSocket = new WebSocketClient(timer, tls);
  }

  get counts(): ConnectionCounts {
    const all = [this.#http1, this.#http2, this.#webSocket, this.#grpc].flatMap(
      (client) => client?.counts ?? [],
    );
    const sum = (of: keyof ConnectionCounts) => all.reduce((total, counts) => total + counts[of], 0);
    return { opened: sum('opened'), reopened: sum('reopened'), extra: sum('extra') };
  }

  /** Looks at an exchange before any of its connection that is later on the tape. grpc-js is loaded for the first call. */
  async meet(recorded: ExchangeWithBodies): Promise<void> {
    const { exchange } = recorded;
    if (exchange.protocol !== 'http/2' || this.#asBytes.has(exchange.connection)) return;
    const why = isGrpc(exchange) ? await this.#meetCall(recorded) : 'it is no call of gRPC';
    if (why !== undefined) this.#asBytes.set(exchange.connection, { id: exchange.id, why });
  }

  /** The client that sends an exchange, which must have been met. */
  of(exchange: Exchange): Chosen {
    if (exchange.request.body.framing.kind === 'websocket')
      return { client: this.#webSocket, over: { client: 'websocket' } };
    if (exchange.protocol === 'http/1') return { client: this.#http1, over: { client: 'http1' } };
    const asBytes = this.#asBytes.get(exchange.connection);
    if (asBytes === undefined && this.#grpc !== undefined)
      return { client: this.#grpc, over: { client: 'grpc' } };
    if (!isGrpc(exchange) || asBytes === undefined) return { client: this.#http2, over: { client: 'http2' } };
    const { id, why } = asBytes;
    const reason =
      id === exchange.id ? why : `of its connection payload ${id} cannot go through grpc-js: ${why}`;
    return { client: this.#http2, over: { client: 'http2', why: reason } };
  }

  [Symbol.dispose](): void {
    this.#http1[Symbol.dispose]();
    this.#http2[Symbol.dispose]();
    this.#webSocket[Symbol.dispose]();
    this.#grpc?.[Symbol.dispose]();
  }

  async #meetCall(recorded: ExchangeWithBodies): Promise<string | undefined> {
    const { GrpcClient, whyNotGrpcJs, ownFields, viewCall, layCall } = await loadGrpc();
    this.#grpc ??= new GrpcClient(this.#timer, this.#tls);
    const { exchange, requestBody } = recorded;
    const request = { message: exchange.request, body: requestBody };
    const view = viewCall(request, recorded);
    if (view === undefined) return 'its path names no method';
    const encoding = this.#encodings.get(exchange.connection);
    if (encoding === undefined) this.#encodings.set(exchange.connection, view.encoding);
    else if (encoding !== view.encoding) return 'its compression is another than that of the call before it';
    const own = this.#setByHand.find((name) => ownFields.has(name));
    if (own !== undefined) return `--header sets ${own}, which grpc-js writes itself`;
    if (layCall(view, exchange) === undefined) return 'a message of it cannot be opened';
    return whyNotGrpcJs(request, view, recorded);
  }
}

/** Only a tape that has gRPC pays for it. */
async function loadGrpc() {
  const [client, why, script, view] = await Promise.all([
    import('./grpc/grpc-client.ts'),
    import('./grpc/why-not.ts'),
    import('./grpc/call-script.ts'),
    import('./stream/call-view.ts'),
  ]);
  return { ...client, ...why, ...script, ...view };
}

/** Whether it is a call over HTTP/2 proper; gRPC-Web and Connect are HTTP with a body like any other. */
function isGrpc({ request: { head } }: Exchange): boolean {
  return callOf(head)?.dialect === 'grpc';
}

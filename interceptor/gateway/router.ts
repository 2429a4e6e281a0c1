import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Target } from '../relay/target.ts';
import type { ServiceTls } from '../relay/tls/service-tls.ts';
import { addressed } from './addressed.ts';
import type { Clients } from './clients.ts';
import type { GatewayService } from './config.ts';
import type { Found } from './found.ts';
import { HttpForwarder } from './http-forwarder.ts';
import { listenOnLoopback } from './loopback.ts';
import {
  noHost,
  noPath,
  noTunnels,
  otherProtocol,
  type Refusal,
  refuse,
  refuseUpgrade,
  unclearHost,
} from './refusal.ts';
import { linesOf } from './request-fields.ts';
import type { Routes } from './routes.ts';
import { Turns } from './turns.ts';
import { UpgradeForwarder } from './upgrade-forwarder.ts';
import { longestHead, type Upstream, upstreamOf } from './upstreams.ts';

export interface RouterOptions {
  readonly routes: Routes;
  readonly services: readonly GatewayService[];
  readonly clients: Clients;
  /** Of services with https targets. */
  readonly tls: ReadonlyMap<GatewayService, ServiceTls>;
}

/**
 * Routes requests of HTTP/1 one by one. It listens on loopback for the relay alone, which has observed what it is sent
 * and observes what it answers.
 */
export class Router implements AsyncDisposable {
  readonly #options: RouterOptions;
  readonly #server: Server;
  readonly #upstreams: ReadonlyMap<GatewayService, Upstream>;
  readonly #turns: Turns;
  readonly #requests = new HttpForwarder();
  readonly #upgrades = new UpgradeForwarder();

  constructor(options: RouterOptions) {
    this.#options = options;
    this.#turns = new Turns((socket) => options.clients.endWithClient(socket));
    this.#upstreams = new Map(
      options.services.map((service) => [service, upstreamOf(service, options.tls.get(service))]),
    );
    // How long a connection may be idle and a request may take is between clients and services.
    const patient = { keepAliveTimeout: 0, requestTimeout: 0 };
    this.#server = createServer({
      ...patient,
      maxHeaderSize: longestHead,
      shouldUpgradeCallback: isWebSocket,
    })
      .on('request', (request, response) => this.#inTurn(request, response, false))
      .on('checkContinue', (request, response) => this.#inTurn(request, response, true))
      .on('checkExpectation', (request, response) => this.#inTurn(request, response, false))
      .on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head))
      .on('connect', (_request, socket) => {
        socket.on('error', () => {});
        refuseUpgrade(socket, noTunnels);
      });
  }

  /** Requests that wait for responses before theirs. */
  get waiting(): number {
    return this.#turns.waiting;
  }

  /**
   * Begins to listen; where.
   *
   * 2026-11-21, Node 24.21: a server gives up the request of a client that has half-closed its connection, which may
   * well wait for the answer. `httpAllowHalfOpen` (undocumented) keeps it. http.test.ts
   */
  start(): Promise<Target> {
    Reflect.set(this.#server, 'httpAllowHalfOpen', true);
    return listenOnLoopback(this.#server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  #inTurn(request: IncomingMessage, response: ServerResponse, continues: boolean): void {
    this.#turns.take(request.socket, response, () => this.#route(request, response, continues));
  }

  #route(request: IncomingMessage, response: ServerResponse, continues: boolean): void {
    const found = this.#find(request);
    if (found === undefined) request.socket.destroy();
    else if ('status' in found) refuse(response, found);
    else this.#requests.forward(request, response, found, continues);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => {});
    const found = this.#find(request);
    if (found === undefined) socket.destroy();
    else if ('status' in found) refuseUpgrade(socket, found);
    else this.#upgrades.forward(request, socket, head, found);
  }

  /** `undefined`: somebody else than the relay asks, past every observer. */
  #find(request: IncomingMessage): Refusal | Found | undefined {
    const came = this.#options.clients.behind(request.socket);
    if (came === undefined) return undefined;
    const { rawHeaders, url = '' } = request;
    const whom = addressed(linesOf(rawHeaders, 'host'), url);
    if (whom === undefined) return unclearHost;
    const choice = this.#options.routes.choose(whom.host, url);
    if (choice.kind !== 'service') return choice.kind === 'no_host' ? noHost : noPath;
    const upstream = this.#upstreams.get(choice.service);
    if (upstream === undefined || !choice.service.protocols.includes('http/1.1')) return otherProtocol;
    return { upstream, host: whom.host, came };
  }
}

/** Other protocols are not switched to: a server may go on as it is (RFC 9110 section 7.8), and clients then do, too. */
function isWebSocket(request: IncomingMessage): boolean {
  return request.method === 'GET' && request.headers.upgrade?.toLowerCase() === 'websocket';
}

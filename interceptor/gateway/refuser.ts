import {
  createServer,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
} from 'node:http2';
import type { Socket } from 'node:net';
import type { Target } from '../relay/target.ts';
import type { OnGrpcRefused } from './grpc-refused.ts';
import { listenOnLoopback } from './loopback.ts';
import {
  bodyOf,
  fieldsOf,
  grpcFieldsOf,
  noGrpc,
  noHost,
  noPath,
  otherProtocol,
  type Refusal,
} from './refusal.ts';
import type { Routes } from './routes.ts';

/** Of gRPC itself, and not of gRPC-Web, which is another protocol. */
const grpcType = /^application\/grpc(?:[+;]|$)/i;

/** Answers connections of HTTP/2 that go nowhere: a refusal for each request. */
export class Refuser implements AsyncDisposable {
  readonly #routes: Routes;
  readonly #onGrpc: OnGrpcRefused;
  readonly #server: Http2Server;
  readonly #sockets = new Set<Socket>();

  constructor(routes: Routes, onGrpc: OnGrpcRefused) {
    this.#routes = routes;
    this.#onGrpc = onGrpc;
    this.#server = createServer()
      .on('connection', (socket: Socket) => {
        this.#sockets.add(socket);
        socket.once('close', () => this.#sockets.delete(socket)).on('error', () => {});
      })
      .on('sessionError', () => {})
      .on('request', (request, response) => this.#answer(request, response));
  }

  /** Begins to listen on loopback; where. */
  start(): Promise<Target> {
    return listenOnLoopback(this.#server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #answer(request: Http2ServerRequest, response: Http2ServerResponse): void {
    const isGrpc = grpcType.test(request.headers['content-type'] ?? '');
    const refusal = this.#refusalOf(request, isGrpc);
    if (isGrpc) {
      response.stream.respond(grpcFieldsOf(refusal), { endStream: true });
      request.resume();
      return;
    }
    response.writeHead(refusal.status, fieldsOf(refusal));
    response.end(bodyOf(refusal));
  }

  #refusalOf({ authority, url }: Http2ServerRequest, isGrpc: boolean): Refusal {
    const choice = this.#routes.choose(authority, url);
    if (choice.kind === 'service') {
      // One that has it is asked on the connection of another, which goes as a whole.
      if (!isGrpc || choice.service.protocols.includes('h2')) return otherProtocol;
      this.#onGrpc(choice.service);
      return noGrpc;
    }
    return choice.kind === 'no_host' ? noHost : noPath;
  }
}

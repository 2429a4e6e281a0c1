import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { DvrError } from '../../errors/index.ts';
import type { InterceptorState } from '../state.ts';
import { metricsOf } from './metrics.ts';

/**
 * 2026-11-21, Node 24.21: an import of `node:http` reads all its exports once, among them a getter that loads the whole
 * of undici: 5 MB of resident memory for nothing. Taken this way it costs 1 MB.
 */
const { createServer } = process.getBuiltinModule('node:http');

const requestDeadlineMs = 5_000;

/**
 * The admin port: `/live`, `/ready`, `/metrics`, `/state`, and `POST /commit` where `onCommit` is given. Ready means that traffic is relayed; a ledger out of reach
 * does not make it unready, since the traffic passes all the same.
 */
export class AdminServer implements AsyncDisposable {
  readonly #server: Server;
  readonly #state: () => InterceptorState;
  readonly #onCommit: (() => void) | undefined;

  constructor(state: () => InterceptorState, onCommit?: () => void) {
    this.#state = state;
    this.#onCommit = onCommit;
    this.#server = createServer({ requestTimeout: requestDeadlineMs }, (request, response) => {
      if (request.method === 'POST') this.#act(request, response);
      else if (request.method === 'GET' || request.method === 'HEAD')
        this.#answer(request.url ?? '', response);
      else answer(response, 405, 'text/plain', '');
    });
  }

  /** Begins to listen and returns the port. Throws `listen-failed`. */
  async start(host: string, port: number): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (cause) => {
        const message = `the admin port cannot listen on ${host}:${port}: ${cause.message}`;
        reject(new DvrError('listen-failed', message, { cause, hint: 'Choose another port with --admin.' }));
      });
      this.#server.listen(port, host, resolve);
    });
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  /** A browser names the page that sent it here: no page of the web may ask for a commit. */
  #act(request: IncomingMessage, response: ServerResponse): void {
    if (request.url !== '/commit' || this.#onCommit === undefined) answer(response, 405, 'text/plain', '');
    else if (request.headers.origin !== undefined) answer(response, 403, 'text/plain', '');
    else {
      this.#onCommit();
      answer(response, 202, 'text/plain', 'requested\n');
    }
  }

  #answer(url: string, response: ServerResponse): void {
    const state = this.#state();
    switch (url.split('?', 1)[0]) {
      case '/live':
        answer(response, 200, 'text/plain', 'live\n');
        break;
      case '/ready': {
        const ready = state.phase === 'relaying';
        answer(response, ready ? 200 : 503, 'text/plain', `${ready ? 'ready' : state.phase}\n`);
        break;
      }
      case '/metrics':
        answer(response, 200, 'text/plain; version=0.0.4', metricsOf(state));
        break;
      case '/state':
        answer(response, 200, 'application/json', `${JSON.stringify(state, null, 2)}\n`);
        break;
      default:
        answer(response, 404, 'text/plain', 'There are /live, /ready, /metrics and /state.\n');
    }
  }
}

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

import { createServer, type Server, type ServerResponse } from 'node:http';
import { DvrError } from '../errors/index.ts';
import type { CommitterMetrics } from './metrics.ts';

const requestDeadlineMs = 5_000;

/** The committer's admin port: `/live` and `/metrics`. */
export class AdminServer implements AsyncDisposable {
  readonly #server: Server;

  constructor(metrics: CommitterMetrics) {
    this.#server = createServer({ requestTimeout: requestDeadlineMs }, async (request, response) => {
      const path = (request.url ?? '').split('?', 1)[0];
      if (request.method !== 'GET' && request.method !== 'HEAD') answer(response, 405, 'text/plain', '');
      else if (path === '/live') answer(response, 200, 'text/plain', 'live\n');
      else if (path === '/metrics') {
        answer(response, 200, metrics.registry.contentType, await metrics.registry.metrics());
      } else answer(response, 404, 'text/plain', 'There are /live and /metrics.\n');
    });
  }

  /** Begins to listen and answers the port. Throws `listen-failed`. */
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
}

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

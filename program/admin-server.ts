import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { DvrError } from '../errors/index.ts';
import type { ListenAddress } from './address.ts';

/** What an admin port answers with. */
export interface AdminAnswer {
  /** 200 where none is named. */
  readonly status?: number;
  readonly type: string;
  readonly body: string;
}

/** What an admin port serves, by path. Nothing of the traffic may stand in an answer. */
export interface AdminPaths {
  /** Answers to GET and HEAD. */
  readonly get: Readonly<Record<string, () => AdminAnswer | Promise<AdminAnswer>>>;
  /** What a POST does; answered with 202. */
  readonly post?: Readonly<Record<string, () => void>>;
}

const requestDeadlineMs = 5_000;
const plain = 'text/plain';

/** A program's admin port. */
export class AdminServer implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;

  private constructor(server: Server) {
    const address = server.address();
    this.port = typeof address === 'object' && address !== null ? address.port : 0;
    this.#server = server;
  }

  /**
   * Begins to listen, on loopback where no host is named. Throws `listen-failed`.
   *
   * 2026-11-21, Node 24.21: an import of `node:http` reads all its exports once, among them a getter that loads the
   * whole of undici: 5 MB of resident memory for nothing. Taken this way it costs 1 MB, and none where no port is
   * asked for.
   */
  static async listen(paths: AdminPaths, { host = '127.0.0.1', port }: ListenAddress): Promise<AdminServer> {
    const { createServer } = process.getBuiltinModule('node:http');
    const server = createServer({ requestTimeout: requestDeadlineMs }, async (request, response) => {
      send(response, await answerTo(paths, request));
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', (cause) => {
        const message = `the admin port cannot listen on ${host}:${port}: ${cause.message}`;
        reject(new DvrError('listen-failed', message, { cause, hint: 'Choose another port with --admin.' }));
      });
      server.listen(port, host, resolve);
    });
    return new AdminServer(server);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}

async function answerTo(paths: AdminPaths, request: IncomingMessage): Promise<AdminAnswer> {
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  if (request.method === 'POST') return act(paths.post?.[path], request);
  if (request.method !== 'GET' && request.method !== 'HEAD') return refusal(405);
  const others = `There are ${Object.keys(paths.get).join(', ')}.\n`;
  return paths.get[path]?.() ?? { status: 404, type: plain, body: others };
}

/** A browser names the page that sent it here: no page of the web may act. */
function act(action: (() => void) | undefined, { headers }: IncomingMessage): AdminAnswer {
  if (action === undefined) return refusal(405);
  if (headers.origin !== undefined) return refusal(403);
  action();
  return { status: 202, type: plain, body: 'requested\n' };
}

function refusal(status: number): AdminAnswer {
  return { status, type: plain, body: '' };
}

function send(response: ServerResponse, { status = 200, type, body }: AdminAnswer): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) });
  response.end(body);
}

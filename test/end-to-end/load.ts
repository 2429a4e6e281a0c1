import { once } from 'node:events';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { Pool } from 'undici';

const bodyBytes = 32 * 1024;
/** Connections of a load. */
export const clients = 4;
/** More than any message of a load has. */
export const messageBytes = 2 * bodyBytes + 1024;

/** The body of request `number`, other than that of any other number. */
export function bodyOf(number: number): Buffer {
  return Buffer.alloc(bodyBytes, `This is what request ${number} holds, line after line. `);
}

/** A service that answers with what it was sent; `/fail` with a 500. */
export async function startEcho(): Promise<AsyncDisposable & { readonly port: number }> {
  const server = createServer(async (request, response) => {
    const body = await buffer(request);
    response.writeHead(request.url === '/fail' ? 500 : 200, { 'content-type': 'text/plain' });
    response.end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Clients that post to an echo without a pause, each on a connection that it keeps, and hold it to every byte. */
export class Load implements AsyncDisposable {
  readonly #pool: Pool;
  readonly #running: Promise<unknown>;
  readonly #wrong: string[] = [];
  #answered = 0;
  #next = 0;
  #stopping = false;

  /** Begins at once. It never sends more than `most` requests. */
  constructor(address: string, most: number) {
    this.#pool = new Pool(address, { connections: clients });
    this.#running = Promise.all(Array.from({ length: clients }, () => this.#run(most)));
  }

  get answered(): number {
    return this.#answered;
  }

  /** What a client saw that was not the echo of what it had sent. */
  get wrong(): readonly string[] {
    return this.#wrong;
  }

  /** Lets requests under way end. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#running;
  }

  async #run(most: number): Promise<void> {
    while (!this.#stopping && this.#next < most) {
      const number = this.#next++;
      const wrong = await this.#ask(number).catch((error: unknown) => String(error));
      if (wrong === undefined) this.#answered++;
      else this.#wrong.push(`${number}: ${wrong}`);
    }
  }

  async #ask(number: number): Promise<string | undefined> {
    const sent = bodyOf(number);
    const response = await this.#pool.request({
      method: 'POST',
      path: `/${number}`,
      body: sent,
      headers: { 'content-type': 'text/plain' },
    });
    const echoed = Buffer.from(await response.body.arrayBuffer());
    if (response.statusCode !== 200) return `status ${response.statusCode}`;
    return echoed.equals(sent) ? undefined : `${echoed.length} other bytes`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await this.#pool.close();
  }
}

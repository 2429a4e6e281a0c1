import { once } from 'node:events';
import { Agent, createServer, request, type Server } from 'node:http';
import { verifyChain } from './chain.ts';
import type { Product } from './products.ts';

/**
 * The inventory: a service of its own with its own port, in the checkout's process for convenience, and how the
 * checkout speaks to it. `POST /reserve/PART` goes through the part's stock ledger and answers with what it reserved.
 */
export class Inventory {
  readonly #server: Server;
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true });

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.#port = port;
  }

  /** `entries`: how long the stock ledger of a part is. */
  static async start(entries: number): Promise<Inventory> {
    const server = createServer((asked, answer) => {
      asked.resume();
      const part = (asked.url ?? '').slice('/reserve/'.length);
      answer.setHeader('content-type', 'application/json');
      answer.end(JSON.stringify({ part, ledger: verifyChain(part, entries).slice(0, 12) }));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = server.address();
    return new Inventory(server, typeof address === 'object' ? (address?.port ?? 0) : 0);
  }

  /** Reserves all parts of a product, one after the other: a basket is not sold in halves. */
  async reserve(product: Product): Promise<void> {
    for (const part of product.parts) await this.#reservePart(part);
  }

  close(): void {
    this.#agent.destroy();
    this.#server.close();
  }

  async #reservePart(part: string): Promise<void> {
    const sent = request({
      host: '127.0.0.1',
      port: this.#port,
      method: 'POST',
      path: `/reserve/${part}`,
      agent: this.#agent,
    });
    sent.end();
    const [answer] = await once(sent, 'response');
    answer.resume();
    await once(answer, 'end');
    if (answer.statusCode !== 200) throw new Error(`the inventory answered ${answer.statusCode} for ${part}`);
  }
}

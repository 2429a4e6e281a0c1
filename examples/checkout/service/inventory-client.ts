import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import type { Product } from './products.ts';

/** The checkout's way to the inventory: one kept-alive connection a request that is under way. */
export class InventoryClient {
  readonly #child: ChildProcess;
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true });

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.#port = port;
  }

  static async start(entries: number): Promise<InventoryClient> {
    const child = fork(join(import.meta.dirname, 'inventory.ts'), [String(entries)]);
    const [port] = await once(child, 'message');
    return new InventoryClient(child, Number(port));
  }

  /** Reserves all parts of a product at once: a basket is not sold in halves. */
  async reserve(product: Product): Promise<void> {
    const sent = request({
      host: '127.0.0.1',
      port: this.#port,
      method: 'POST',
      path: `/reserve/${product.parts.join(',')}`,
      agent: this.#agent,
    });
    sent.end();
    const [answer] = await once(sent, 'response');
    answer.resume();
    await once(answer, 'end');
    if (answer.statusCode !== 200) throw new Error(`the inventory answered ${answer.statusCode}`);
  }

  close(): void {
    this.#agent.destroy();
    this.#child.disconnect();
  }
}

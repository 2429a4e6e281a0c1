import { Worker } from 'node:worker_threads';
import type { Product } from './products.ts';

/** Prices products in a worker thread, in the order in which they are asked for. */
export class Pricing {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, () => void>();
  #jobs = 0;

  /** `entriesOfOne`: how many entries the price list has for each one that a product counts. */
  constructor(entriesOfOne: number) {
    this.#worker = new Worker(new URL('./pricing-worker.ts', import.meta.url), { workerData: entriesOfOne });
    this.#worker.on('message', (job: number) => {
      this.#waiting.get(job)?.();
      this.#waiting.delete(job);
    });
  }

  /** The price of one piece, in cents. */
  async priceOf(product: Product): Promise<number> {
    const job = ++this.#jobs;
    const done = new Promise<void>((resolve) => this.#waiting.set(job, resolve));
    this.#worker.postMessage({ job, sku: product.sku, entries: product.priceEntries });
    await done;
    return product.price;
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

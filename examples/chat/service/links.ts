import { Worker } from 'node:worker_threads';

/** How much work each step is, in entries of a signed list for each one that `entriesOfOne` counts. */
const lookEntries = 30;
const archiveEntries = 300;

/** What is done with a link that somebody sent: it is looked up, and archived. Each takes as long as its work takes. */
export interface LinkWork {
  /** The title of the page behind a link. */
  titleOf(link: string): Promise<string>;
  archive(link: string): Promise<void>;
}

/** Does that work in a thread. */
export class Links implements LinkWork {
  readonly #worker = new Worker(new URL('./work-thread.ts', import.meta.url));
  readonly #entriesOfOne: number;
  readonly #waiting = new Map<number, () => void>();
  #jobs = 0;

  constructor(entriesOfOne: number) {
    this.#entriesOfOne = entriesOfOne;
    this.#worker.on('message', (job: number) => {
      this.#waiting.get(job)?.();
      this.#waiting.delete(job);
    });
  }

  async titleOf(link: string): Promise<string> {
    await this.#work(lookEntries);
    return `The page at ${new URL(link).host}`;
  }

  async archive(_link: string): Promise<void> {
    await this.#work(archiveEntries);
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  async #work(count: number): Promise<void> {
    const job = ++this.#jobs;
    const done = new Promise<void>((resolve) => this.#waiting.set(job, resolve));
    this.#worker.postMessage({ job, entries: count * this.#entriesOfOne });
    await done;
  }
}

import { setImmediate } from 'node:timers/promises';

/** Work without a pause longer than this would keep the lease from being renewed, milliseconds. */
const longestRun = 50;

/** Lets timers and sockets have their turn now and then; to be awaited between pieces of long work. */
export class Breath {
  #since = performance.now();

  async take(): Promise<void> {
    if (performance.now() - this.#since < longestRun) return;
    await setImmediate();
    this.#since = performance.now();
  }
}

/** Lets one task a key run at a time, in the order in which they came. */
export class Lock {
  readonly #last = new Map<string, Promise<unknown>>();

  async hold<T>(key: string, task: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key) ?? Promise.resolve();
    const run = before.then(task, task);
    this.#last.set(key, run);
    try {
      return await run;
    } finally {
      if (this.#last.get(key) === run) this.#last.delete(key);
    }
  }
}

/** What a service does that forgot the lock: runs each task at once. */
export const noLock: Pick<Lock, 'hold'> = { hold: (_, task) => task() };

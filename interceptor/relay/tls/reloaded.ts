import { statSync } from 'node:fs';

/** How often files are looked at, milliseconds. */
const everyMs = 2_000;

/** What a change of the files came to. */
export type OnReload = (fault: unknown | undefined) => void;

/**
 * What is made of files, made anew when they change. Files are looked at by name, not watched, so that a mounted Secret,
 * whose links are swapped, is followed. While they make no sense (a certificate without its key yet) the last stays.
 */
export class Reloaded<T> implements Disposable {
  value: T;
  reloads = 0;
  failures = 0;
  readonly #paths: readonly string[];
  readonly #load: () => T;
  readonly #onReload: OnReload;
  readonly #timer: NodeJS.Timeout;
  #seen: string;

  /** Throws what `load` throws. */
  constructor(paths: readonly string[], load: () => T, onReload: OnReload) {
    this.#paths = paths;
    this.#load = load;
    this.#onReload = onReload;
    this.#seen = this.#look();
    this.value = load();
    this.#timer = setInterval(() => this.check(), everyMs).unref();
  }

  /** Looks now. */
  check(): void {
    const seen = this.#look();
    if (seen === this.#seen) return;
    this.#seen = seen;
    try {
      this.value = this.#load();
      this.reloads++;
      this.#onReload(undefined);
    } catch (fault) {
      this.failures++;
      this.#onReload(fault);
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #look(): string {
    return this.#paths
      .map((path) => {
        const stat = statSync(path, { throwIfNoEntry: false });
        return stat === undefined ? '' : `${stat.ino}:${stat.size}:${stat.mtimeMs}`;
      })
      .join('|');
  }
}

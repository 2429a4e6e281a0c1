import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { vi } from 'vitest';

const root = join(import.meta.dirname, '..', '..');

/** One of our programs in a process of its own, as an installed package runs it. */
export class Program implements AsyncDisposable {
  readonly #child: ChildProcess;
  #log = '';

  constructor(name: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const launcher = join(root, 'bin', `${name}.js`);
    this.#child = spawn(process.execPath, [launcher, ...args], {
      env: { PATH: process.env.PATH, HOME: '/nowhere', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#log += chunk.toString();
      });
    }
  }

  /** All that it printed and logged. */
  get log(): string {
    return this.#log;
  }

  /** Waits until its log matches. */
  async says(pattern: RegExp, timeout = 30_000): Promise<void> {
    await vi.waitFor(
      () => {
        if (!pattern.test(this.#log)) throw new Error(`${pattern} is not in:\n${this.#log}`);
      },
      { timeout, interval: 50 },
    );
  }

  /** Its exit code, once it has ended by itself. */
  get ended(): Promise<number | null> {
    if (this.#child.exitCode !== null) return Promise.resolve(this.#child.exitCode);
    return once(this.#child, 'exit').then(() => this.#child.exitCode);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Ends it and waits until it is gone; answers its exit code. */
  async end(name: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill(name);
      this.#child.kill('SIGCONT');
      await once(this.#child, 'exit');
    }
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL');
  }
}

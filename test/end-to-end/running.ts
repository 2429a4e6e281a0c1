import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

const root = join(import.meta.dirname, '..', '..');

/** A program that runs while a test does, and all that it printed. */
export class Running implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #ended: Promise<unknown[]>;
  readonly #printed = { stdout: '', stderr: '' };

  constructor(command: readonly string[], environment: NodeJS.ProcessEnv = {}) {
    const [program = '', ...args] = command;
    this.#child = spawn(program, args, { cwd: root, env: { ...process.env, ...environment } });
    this.#ended = once(this.#child, 'close');
    for (const name of ['stdout', 'stderr'] as const) {
      this.#child[name].setEncoding('utf8').on('data', (text: string) => {
        this.#printed[name] += text;
      });
    }
  }

  get stdout(): string {
    return this.#printed.stdout;
  }

  get stderr(): string {
    return this.#printed.stderr;
  }

  /** Waits until `stream` matches; rejects with all that was printed when the program ended without. */
  async printed(stream: 'stdout' | 'stderr', pattern: RegExp): Promise<RegExpMatchArray> {
    for (;;) {
      const match = pattern.exec(this.#printed[stream]);
      if (match !== null) return match;
      const more = once(this.#child[stream], 'data').then(() => true);
      const goesOn = await Promise.race([more, this.#ended.then(() => false)]);
      if (!goesOn && !pattern.test(this.#printed[stream])) {
        throw new Error(`ended before ${pattern}:\n${this.stdout}\n${this.stderr}`);
      }
    }
  }

  write(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  endInput(): void {
    this.#child.stdin.end();
  }

  /** Waits for the end and gives the exit code. */
  async exitCode(): Promise<number | null> {
    await this.#ended;
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

/** Starts one of our programs as the package's launcher does: `start('dvr-cli', 'fetch', id)`. */
export function start(environment: NodeJS.ProcessEnv, program: string, ...args: string[]): Running {
  return new Running([process.execPath, join(root, 'bin', `${program}.js`), ...args], environment);
}

/** Runs one of our programs to its end. */
export async function run(
  environment: NodeJS.ProcessEnv,
  program: string,
  ...args: string[]
): Promise<{ readonly stdout: string; readonly stderr: string; readonly code: number | null }> {
  const running = start(environment, program, ...args);
  running.endInput();
  const code = await running.exitCode();
  return { stdout: running.stdout, stderr: running.stderr, code };
}

import { clearLine, createInterface, cursorTo, type Interface } from 'node:readline';
import type { Surroundings } from '../../../program/surroundings.ts';
import { type CommandLines, prompt } from './command-lines.ts';
import type { History } from './history.ts';

export interface TerminalOptions {
  readonly around: Surroundings;
  readonly history: History;
  readonly complete: (line: string) => [candidates: string[], typed: string];
  /** Ctrl-C while a command runs. */
  readonly onInterrupt: () => void;
}

/** A prompt with history and completion. What is told while it waits appears above it. */
export class TerminalLines implements CommandLines {
  readonly isScript = false;
  readonly #reader: Interface;
  readonly #stdout: Surroundings['stdout'];
  /** Lines that were typed before anyone asked for them. */
  readonly #typed: string[] = [];
  #closed = false;
  #waiting: ((line: string | undefined) => void) | undefined;

  constructor({ around, history, complete, onInterrupt }: TerminalOptions) {
    this.#stdout = around.stdout;
    this.#reader = createInterface({
      input: around.stdin,
      output: around.stdout,
      terminal: true,
      prompt,
      history: history.newestFirst(),
      historySize: history.size,
      removeHistoryDuplicates: true,
      completer: complete,
    });
    this.#reader.on('line', (line) => {
      if (this.#waiting === undefined) this.#typed.push(line);
      else this.#hand(line);
    });
    this.#reader.on('close', () => {
      this.#closed = true;
      this.#hand(undefined);
    });
    this.#reader.on('history', (lines) => history.keep(lines));
    this.#reader.on('SIGINT', () => {
      if (this.#waiting === undefined) onInterrupt();
      else this.interrupt();
    });
  }

  read(): Promise<string | undefined> {
    const early = this.#typed.shift();
    if (early !== undefined) return Promise.resolve(early);
    if (this.#closed) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#waiting = resolve;
      this.#reader.prompt();
    });
  }

  write(text: string): void {
    if (this.#waiting === undefined) {
      this.#stdout.write(text);
      return;
    }
    cursorTo(this.#stdout, 0);
    clearLine(this.#stdout, 0);
    this.#stdout.write(text);
    this.#reader.prompt(true);
  }

  /** Drops what was typed, as a shell does it. */
  interrupt(): void {
    this.#reader.write(null, { ctrl: true, name: 'e' });
    this.#reader.write(null, { ctrl: true, name: 'u' });
  }

  [Symbol.dispose](): void {
    this.#reader.close();
  }

  #hand(line: string | undefined): void {
    const resolve = this.#waiting;
    this.#waiting = undefined;
    resolve?.(line);
  }
}

import { clearLine, createInterface, cursorTo } from 'node:readline';
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
export function terminalLines({ around, history, complete, onInterrupt }: TerminalOptions): CommandLines {
  const { stdin, stdout } = around;
  const reader = createInterface({
    input: stdin,
    output: stdout,
    terminal: true,
    prompt,
    history: history.newestFirst(),
    historySize: history.size,
    removeHistoryDuplicates: true,
    completer: complete,
  });
  const typed: string[] = [];
  let closed = false;
  let waiting: ((line: string | undefined) => void) | undefined;
  const hand = (line: string | undefined) => {
    const resolve = waiting;
    waiting = undefined;
    resolve?.(line);
  };
  reader.on('line', (line) => {
    if (waiting === undefined) typed.push(line);
    else hand(line);
  });
  reader.on('close', () => {
    closed = true;
    hand(undefined);
  });
  reader.on('history', (lines) => history.keep(lines));
  const clear = () => {
    // What was typed is dropped, as a shell does it.
    reader.write(null, { ctrl: true, name: 'e' });
    reader.write(null, { ctrl: true, name: 'u' });
  };
  reader.on('SIGINT', () => {
    if (waiting === undefined) onInterrupt();
    else clear();
  });
  return {
    isScript: false,
    write: (text) => {
      if (waiting === undefined) {
        stdout.write(text);
        return;
      }
      cursorTo(stdout, 0);
      clearLine(stdout, 0);
      stdout.write(text);
      reader.prompt(true);
    },
    read: () => {
      const early = typed.shift();
      if (early !== undefined) return Promise.resolve(early);
      if (closed) return Promise.resolve(undefined);
      return new Promise((resolve) => {
        waiting = resolve;
        reader.prompt();
      });
    },
    interrupt: clear,
    [Symbol.dispose]: () => {
      reader.close();
    },
  };
}

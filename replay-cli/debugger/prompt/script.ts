import { createInterface } from 'node:readline';
import type { Surroundings } from '../../../program/surroundings.ts';
import { type CommandLines, prompt } from './command-lines.ts';

/**
 * Commands from a pipe or a file. With `echo` each is shown behind the prompt as it is read, so that the output reads
 * as if someone had typed it.
 */
export function scriptLines(around: Surroundings, echo: boolean): CommandLines {
  const reader = createInterface({ input: around.stdin, terminal: false });
  const lines = reader[Symbol.asyncIterator]();
  return {
    isScript: true,
    write: (text) => void around.stdout.write(text),
    read: async () => {
      const { value, done } = await lines.next();
      if (done === true) return undefined;
      if (echo && value.trim() !== '') around.stdout.write(`${prompt}${value}\n`);
      return value;
    },
    interrupt: () => reader.close(),
    [Symbol.dispose]: () => reader.close(),
  };
}

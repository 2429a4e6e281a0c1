import type { Writable } from 'node:stream';
import type { StepEvent } from './events.ts';

/** Says what happens: with `--json` the event, else its lines. */
export type Voice = (event: StepEvent, ...lines: readonly string[]) => void;

/** Writes whole lines; the terminal's prompt makes way for them. */
export type WriteLines = (text: string) => void;

export function jsonVoice(stdout: Writable): Voice {
  return (event) => void stdout.write(`${JSON.stringify(event)}\n`);
}

export function textVoice(write: WriteLines): Voice {
  return (_event, ...lines) => {
    if (lines.length > 0) write(lines.map((line) => `${line}\n`).join(''));
  };
}

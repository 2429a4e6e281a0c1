import { PassThrough, Writable } from 'node:stream';
import type { Surroundings } from '../../program/surroundings.ts';

export interface Captured extends Surroundings {
  /** What was written so far. */
  out(): string;
  err(): string;
}

/** Surroundings that a test looks into. `terminal` makes both outputs one. */
export function captured(env: Record<string, string> = {}, options: { terminal?: boolean } = {}): Captured {
  const sink = () => {
    const chunks: string[] = [];
    const stream = new Writable({
      write(chunk, _encoding, done) {
        chunks.push(String(chunk));
        done();
      },
    });
    return Object.assign(stream, { isTTY: options.terminal ?? false, text: () => chunks.join('') });
  };
  const stdout = sink();
  const stderr = sink();
  return {
    stdin: new PassThrough(),
    stdout,
    stderr,
    env: { HOME: '/nonexistent', ...env },
    cwd: '/',
    out: stdout.text,
    err: stderr.text,
  };
}

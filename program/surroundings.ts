import type { Readable, Writable } from 'node:stream';

/** What a program meets of its process. Tests build their own. */
export interface Surroundings {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

export function processSurroundings(): Surroundings {
  return {
    stdin: process.stdin,
    stdout: process.stdout,
    stderr: process.stderr,
    env: process.env,
    cwd: process.cwd(),
  };
}

/**
 * Whether to colour a stream: only a terminal, and neither `--no-color` nor NO_COLOR (no-color.org: present and not
 * empty).
 */
export function wantsColor(
  stream: { readonly isTTY?: boolean },
  env: Surroundings['env'],
  noColor: boolean,
): boolean {
  return stream.isTTY === true && !noColor && !env.NO_COLOR && env.TERM !== 'dumb';
}

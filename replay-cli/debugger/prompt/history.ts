import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** What was typed before, over all sessions. A file that cannot be read or written costs the history and nothing else. */
export interface History {
  readonly size: number;
  newestFirst(): string[];
  keep(newestFirst: readonly string[]): void;
}

const size = 500;

/** The history in a file of the user's state folder, oldest line first. */
export function fileHistory(path: string): History {
  return {
    size,
    newestFirst: () =>
      read(path)
        .split('\n')
        .filter((line) => line !== '')
        .reverse()
        .slice(0, size),
    keep: (lines) => {
      const text = [...lines].slice(0, size).reverse().join('\n');
      try {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, `${text}\n`, { mode: 0o600 });
      } catch {
        // A read-only home is no reason to stop.
      }
    },
  };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

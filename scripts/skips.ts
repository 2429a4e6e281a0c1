import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SkippedTest } from '../test/report.ts';

/** What may be skipped under `--strict`: names of parts, or whole test names; the file gives each its reason. */
export async function allowedSkips(root: string): Promise<ReadonlySet<string>> {
  const text = await readFile(join(root, '.ci', 'allowed-skips'), 'utf8');
  const names = text.split('\n').map((line) => line.replace(/#.*/, '').trim());
  return new Set(names.filter((name) => name !== ''));
}

export interface Judgement {
  /** One line for each part that was missing and for each test that skipped itself. */
  readonly lines: readonly string[];
  /** How many of the skips count as failures. */
  readonly forbidden: number;
}

/** Sorts skips by cause. Without `allowed` all skips are. */
export function judge(skipped: readonly SkippedTest[], allowed?: ReadonlySet<string>): Judgement {
  const isAllowed = (skip: SkippedTest): boolean =>
    allowed === undefined ||
    allowed.has(skip.test) ||
    (skip.parts.length > 0 && skip.parts.every(({ part }) => allowed.has(part)));
  const causes = new Map<string, number>();
  for (const skip of skipped) {
    for (const cause of causesOf(skip)) causes.set(cause, (causes.get(cause) ?? 0) + 1);
  }
  const lines = [...causes].map(
    ([cause, count]) => `skipped: ${cause} [${count} test${count > 1 ? 's' : ''}]`,
  );
  const forbidden = skipped.filter((skip) => !isAllowed(skip));
  return {
    lines: [...lines, ...forbidden.map((skip) => `not allowed to be skipped: ${skip.test}`)],
    forbidden: forbidden.length,
  };
}

function causesOf({ test, parts, note }: SkippedTest): string[] {
  if (parts.length === 0) return [`${test}: ${note ?? 'it gives no reason'}`];
  return parts.map(({ part, why }) => `${part}: ${why}`);
}

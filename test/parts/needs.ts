import type { TestOptions } from 'vitest';
import type { PartName } from './catalogue.ts';
import { findPart } from './find.ts';

declare module 'vitest' {
  interface TaskMeta {
    /** Why a test was skipped: the parts that could not be had. */
    missingParts?: readonly MissingPart[];
  }
}

export interface MissingPart {
  readonly part: PartName;
  readonly why: string;
}

/**
 * Options of a `describe` or `it` that needs real parts: where one cannot be had the tests are skipped, and the run's
 * summary names the part. `describe('the Redis ledger', needs('redis-server'), () => { … })`.
 */
export function needs(...parts: readonly PartName[]): Pick<TestOptions, 'skip' | 'meta'> {
  const missingParts = parts.flatMap((part) => {
    const found = findPart(part);
    return found.kind === 'missing' ? [{ part, why: found.why }] : [];
  });
  return missingParts.length === 0 ? {} : { skip: true, meta: { missingParts } };
}

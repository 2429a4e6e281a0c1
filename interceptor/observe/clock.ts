import type { ProcessTime } from '../../ledger/segment.ts';

/** Nanoseconds since this process began, on the monotonic clock. */
export function processTime(): ProcessTime {
  return Math.round(performance.now() * 1e6);
}

import { setTimeout as delay } from 'node:timers/promises';
import { DvrError } from '../errors/index.ts';

const firstWaitMs = 1_000;
const longestWaitMs = 30_000;
const longestLedgerWaitMs = 5_000;

/** The wait before attempt number `attempt` + 1, doubling from one second to half a minute. */
export function backoffMs(attempt: number): number {
  return Math.min(longestWaitMs, firstWaitMs * 2 ** (attempt - 1));
}

/** Likewise for a ledger out of reach, but at most five seconds: requests wait there, and their windows run out. */
export function ledgerBackoffMs(attempt: number): number {
  return Math.min(longestLedgerWaitMs, backoffMs(attempt));
}

/** Whether the vault may take later what it did not take now: it is away, or refuses until somebody grants the right. */
function mayPass(error: unknown): boolean {
  return error instanceof DvrError && (error.code === 'vault-out-of-reach' || error.code === 'not-allowed');
}

/**
 * Writes to a vault until it works, `until` (of `performance.now()`) has come, `signal` is aborted, or what was thrown will not
 * pass; then throws that.
 */
export async function retry<T>(
  act: () => Promise<T>,
  until: number,
  signal: AbortSignal,
  onFailure: (error: unknown, waitMs: number) => void,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await act();
    } catch (error) {
      const waitMs = backoffMs(attempt);
      if (signal.aborted || !mayPass(error) || performance.now() + waitMs > until) throw error;
      onFailure(error, waitMs);
      await delay(waitMs, undefined, { signal });
    }
  }
}

import { setTimeout as wait } from 'node:timers/promises';
import type { ReplayTime } from '../engine/port.ts';
import type { PausedBy } from './paused/watch.ts';

/** Looks whether the service is stopped in a debugger. */
export interface PausedLook {
  look(): Promise<PausedBy | undefined>;
}

export type Answer =
  | { readonly kind: 'answered' }
  | { readonly kind: 'paused'; readonly by: PausedBy }
  /** Nothing came for longer than when it was recorded, and nothing says why. */
  | { readonly kind: 'silent' }
  | { readonly kind: 'interrupted' };

/** Milliseconds until the first look, and the longest between two. */
const firstLookMs = 80;
const longestMs = 1000;

/** What is awaited: the answer to a payload, or to one message of it. */
export interface Awaited {
  readonly sentAt: ReplayTime;
  /** Never rejects. */
  readonly result: Promise<unknown>;
}

/**
 * Waits for the answer to a payload, and looks now and then whether a debugger holds the service. With `until` it gives
 * up that many milliseconds after sending.
 */
export async function awaitAnswer(
  awaited: Awaited,
  paused: PausedLook | undefined,
  { until = Number.POSITIVE_INFINITY, signal }: { readonly until?: number; readonly signal: AbortSignal },
): Promise<Answer> {
  let answered = false;
  const result = awaited.result.then(() => {
    answered = true;
  });
  for (let pause = firstLookMs; ; pause = Math.min(longestMs, pause * 1.5)) {
    const left = until - (performance.now() - awaited.sentAt);
    await Promise.race([
      result,
      wait(Math.max(1, Math.min(pause, left)), undefined, { signal }).catch(() => {}),
    ]);
    if (answered) return { kind: 'answered' };
    if (signal.aborted) return { kind: 'interrupted' };
    const by = await paused?.look();
    // The answer may have come during the look, which then saw what is over.
    if (answered) return { kind: 'answered' };
    if (by !== undefined) return { kind: 'paused', by };
    if (performance.now() - awaited.sentAt >= until) return { kind: 'silent' };
  }
}

/** How long an answer may take before its absence is worth a word, milliseconds. */
export function patienceFor(recordedMs: number | undefined): number {
  return recordedMs === undefined ? 2000 : Math.max(recordedMs + 1000, recordedMs * 2);
}

import type { ReplayTime } from '../port.ts';
import type { Moment } from './replayed-times.ts';

/** An answer that took this much more or less than recorded, milliseconds, took as long as recorded. */
const sameDurationMs = 1;
/** A send that is late by up to this, milliseconds, is made good by its session's gaps; by more, it moves the session. */
const stallMs = 10;
/** What overlaps keeps its distance; below this, milliseconds, a late start counts as punctual, lest errors add up. */
const punctualMs = 0.5;

/**
 * Where a payload's start stands that was due at `due`, stood at `clock` on the tape's clock, and was sent at `sentAt`.
 *
 * A session waits for its own answers, so whatever makes one of them late would move the session against all others
 * for good, and overlaps between them would be lost. What the service does is kept: that is what the replay is about.
 * What came by chance is not: our own lateness, and a trip's jitter.
 */
export function startMoment(due: ReplayTime, clock: ReplayTime, sentAt: ReplayTime): Moment {
  const late = sentAt - due;
  return { at: late < punctualMs ? due : sentAt, clock: late <= stallMs ? clock : clock + late };
}

/** Where a payload's end stands: `recordedMs` is how long its answer took on the tape, where that is known. */
export function endMoment(
  start: Moment & { readonly sentAt: ReplayTime },
  recordedMs: number | undefined,
  endAt: ReplayTime,
): Moment {
  const took = endAt - start.sentAt;
  const asRecorded = recordedMs !== undefined && Math.abs(took - recordedMs) <= sameDurationMs;
  return { at: endAt, clock: start.clock + (asRecorded ? recordedMs : took) };
}

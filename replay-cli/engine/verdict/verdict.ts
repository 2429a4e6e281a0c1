import { counted } from '../../counted.ts';
import type { OverlapReport, PayloadId, Skipped, Timing, VerdictMark } from '../port.ts';
import type { FoundSoFar, MarkedEnd } from './findings.ts';

/** The judgement of a replay. */
export type Verdict =
  | { readonly kind: 'reproduced'; readonly at: PayloadId; readonly fingerprint: string }
  | { readonly kind: 'fixed'; readonly at: PayloadId; readonly fingerprint: string }
  /** What was replayed shows neither the failure nor a fix: `failed` where the trigger's payload ended as recorded. */
  | {
      readonly kind: 'not_reproduced';
      readonly at: PayloadId;
      readonly failed: boolean;
      readonly why: string;
    }
  | {
      readonly kind: 'diverged';
      readonly at: PayloadId;
      readonly recorded: string;
      readonly replayed: string;
    }
  /** The tape marks no payload of this replay, so there is nothing to reproduce. */
  | { readonly kind: 'unmarked' };

/** The conditions of a replay. */
export interface Conditions {
  readonly timing: Timing;
  readonly speed: number;
  readonly overlap: OverlapReport;
}

/** The verdict, by the rules of docs/replay.md. Pure; a target that was out of reach must have been told apart before. */
export function verdictOf(found: FoundSoFar, conditions: Conditions): Verdict {
  const [first] = found.marked;
  if (first === undefined) {
    return found.departure === undefined
      ? { kind: 'unmarked' }
      : { kind: 'diverged', ...placeOf(found.departure) };
  }
  const { mark } = first;
  const { departure } = found;
  if (departure !== undefined && departure.id < mark.exchange)
    return { kind: 'diverged', ...placeOf(departure) };
  return first.asMarked ? failedAgain(first, found) : didNotFail(first, found, conditions);
}

/** Reproduced, if all before the first mark was sent and kept its class, payloads with later marks as well. */
function failedAgain({ mark }: MarkedEnd, found: FoundSoFar): Verdict {
  const [left] = found.marked
    .filter((one) => one.leftClass && one.mark.exchange < mark.exchange)
    .sort((a, b) => a.mark.exchange - b.mark.exchange);
  if (left !== undefined) return { kind: 'diverged', ...endOf(left) };
  const { first: skipped } = found.skipped;
  if (skipped !== undefined && skipped.id < mark.exchange)
    return { kind: 'not_reproduced', at: mark.exchange, failed: true, why: unsent(skipped) };
  return { kind: 'reproduced', at: mark.exchange, fingerprint: mark.fingerprint };
}

/** Fixed, if all up to the last mark was sent, and all with a mark succeeded, under recorded conditions. */
function didNotFail({ mark }: MarkedEnd, found: FoundSoFar, conditions: Conditions): Verdict {
  const notReproduced = (why: string): Verdict => ({
    kind: 'not_reproduced',
    at: mark.exchange,
    failed: false,
    why,
  });
  const { departure } = found;
  const lastMark = lastMarked(found);
  const skipped = skippedUpTo(lastMark, found);
  const missing = found.marked.find((one) => one.endClass === undefined);
  if (missing !== undefined) {
    return notReproduced(
      skipped === undefined ? `payload ${missing.mark.exchange} was not replayed` : unsent(skipped),
    );
  }
  const failed = found.marked.find((one) => one.endClass !== '2xx' && one.asMarked === false);
  if (failed !== undefined) return { kind: 'diverged', ...endOf(failed) };
  if (departure !== undefined && departure.id < lastMark) return { kind: 'diverged', ...placeOf(departure) };
  const why = (skipped === undefined ? undefined : unsent(skipped)) ?? whyNotFixed(found, conditions);
  return why === undefined
    ? { kind: 'fixed', at: mark.exchange, fingerprint: mark.fingerprint }
    : notReproduced(why);
}

/**
 * A payload that could not be sent although the verdict hangs on it: the replay did not do what was asked. Without
 * marks it hangs on all of them.
 */
export function unsentForVerdict(verdict: Verdict, found: FoundSoFar): Skipped | undefined {
  if (verdict.kind === 'reproduced' || verdict.kind === 'fixed') return undefined;
  return skippedUpTo(lastMarked(found), found);
}

/** The highest id of a payload with a mark; infinite where none has one. */
function lastMarked({ marked }: FoundSoFar): number {
  return marked.length === 0
    ? Number.POSITIVE_INFINITY
    : Math.max(...marked.map(({ mark }) => mark.exchange));
}

function skippedUpTo(last: number, { skipped: { first } }: FoundSoFar): Skipped | undefined {
  return first !== undefined && first.id <= last ? first : undefined;
}

function unsent({ id, why }: Skipped): string {
  return `payload ${id} could not be sent: ${why}`;
}

/** Why nothing is shown where there were no gaps. */
export const fastDropsGaps = 'timing fast does not keep the recorded gaps';

/** Why a success of the first mark's payload is no proof of a fix. */
function whyNotFixed(
  { marked, sentAhead, lateMessage }: FoundSoFar,
  { timing, speed, overlap: { earliestLost, earliestLate } }: Conditions,
): string | undefined {
  const still = marked.find((one) => one.asMarked);
  if (still !== undefined)
    return `payload ${still.mark.exchange}, which a trigger fired on as well, still ended as recorded`;
  const unknown = marked.find((one) => one.asMarked === undefined);
  if (unknown !== undefined)
    return `the mark of payload ${unknown.mark.exchange} does not say its limit, so its end tells nothing`;
  if (timing === 'fast') return fastDropsGaps;
  if (speed !== 1) return `speed ${speed} is not the recorded pace`;
  if (sentAhead.first !== undefined)
    return `${counted(sentAhead.count, 'messages')} went out before an answer that had come before on the tape, first of payload ${sentAhead.first}`;
  const lastFired = Math.max(...marked.map(({ mark }) => mark.at));
  if (earliestLost !== undefined && earliestLost.began <= lastFired) {
    const { first, second } = earliestLost;
    return `payloads ${Math.min(first, second)} and ${Math.max(first, second)} overlapped on the tape and did not here`;
  }
  if (earliestLate !== undefined && earliestLate.began <= lastFired)
    return `recorded timing was not kept: payload ${earliestLate.id} was sent ${earliestLate.byMs.toFixed(1)} ms late`;
  if (lateMessage !== undefined)
    return `recorded timing was not kept: a message of payload ${lateMessage.id} was sent ${lateMessage.byMs.toFixed(1)} ms late`;
  return undefined;
}

function placeOf(departure: {
  readonly id: PayloadId;
  readonly recorded: string;
  readonly replayed: string;
}) {
  return { at: departure.id, recorded: departure.recorded, replayed: departure.replayed };
}

function endOf(end: MarkedEnd) {
  return {
    at: end.mark.exchange,
    recorded: outcomeOf(end.mark),
    replayed: end.end ?? 'no result',
  };
}

/** The last part of a fingerprint: the status or the exception. */
function outcomeOf(mark: VerdictMark): string {
  return mark.fingerprint.slice(mark.fingerprint.lastIndexOf(' ') + 1);
}

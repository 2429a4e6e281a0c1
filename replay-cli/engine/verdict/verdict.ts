import type { OverlapReport, PayloadId, Timing, VerdictMark } from '../port.ts';
import type { FoundSoFar, MarkedEnd } from './findings.ts';

/** The judgement of a replay. */
export type Verdict =
  | { readonly kind: 'reproduced'; readonly at: PayloadId; readonly fingerprint: string }
  | { readonly kind: 'fixed'; readonly at: PayloadId; readonly fingerprint: string }
  /** The trigger's payload succeeded, but not under conditions that would show a fix. */
  | { readonly kind: 'not_reproduced'; readonly at: PayloadId; readonly why: string }
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
  readonly edited: boolean;
  readonly overlap: OverlapReport;
}

/** The verdict, by DESIGN.md's rules. Pure; a target that was out of reach must have been told apart before. */
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
  if (first.asMarked) return { kind: 'reproduced', at: mark.exchange, fingerprint: mark.fingerprint };
  const unsent = found.marked.find((one) => one.endClass === undefined);
  if (unsent !== undefined) return notReproduced(mark, `payload ${unsent.mark.exchange} was not replayed`);
  const failed = found.marked.find((one) => one.endClass !== '2xx' && !one.asMarked);
  if (failed !== undefined) return { kind: 'diverged', ...endOf(failed) };
  const lastMark = Math.max(...found.marked.map((one) => one.mark.exchange));
  if (departure !== undefined && departure.id < lastMark) return { kind: 'diverged', ...placeOf(departure) };
  const still = found.marked.find((one) => one.asMarked);
  const why = still === undefined ? whyNotFixed(conditions, lastMark) : stillFails(still.mark);
  if (why !== undefined) return notReproduced(mark, why);
  return { kind: 'fixed', at: mark.exchange, fingerprint: mark.fingerprint };
}

function notReproduced(mark: VerdictMark, why: string): Verdict {
  return { kind: 'not_reproduced', at: mark.exchange, why };
}

function stillFails(mark: VerdictMark): string {
  return `payload ${mark.exchange}, which a trigger fired on as well, still ended as recorded`;
}

/** Why a success is no proof of a fix. */
function whyNotFixed({ timing, speed, edited, overlap }: Conditions, mark: PayloadId): string | undefined {
  if (timing === 'fast') return 'timing fast does not keep the recorded gaps';
  if (speed !== 1) return `speed ${speed} is not the recorded pace`;
  if (edited) return 'the tape was edited';
  const lost = overlap.lost.find(({ first, second }) => Math.max(first, second) <= mark);
  if (lost === undefined) return undefined;
  return `payloads ${Math.min(lost.first, lost.second)} and ${Math.max(lost.first, lost.second)} overlapped on the tape and did not here`;
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

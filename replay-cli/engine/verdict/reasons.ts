import { counted } from '../../counted.ts';
import type { ConnectionCounts } from '../client/exchange-client.ts';
import type { Pair, VerdictMark } from '../port.ts';
import type { FoundSoFar } from './findings.ts';
import type { Conditions, Verdict } from './verdict.ts';

/** Why a replay may not have shown the recorded failure. */
export interface Reason {
  /** From 0 to 1: how likely it explains the verdict; they are ranked by it. */
  readonly weight: number;
  readonly text: string;
}

/** What is known beside the results. */
export interface Circumstances extends Conditions {
  readonly connections: ConnectionCounts;
  /** Messages that went out although what the recorded client had received before had not come. */
  readonly unmet: number;
  /** What the replay left out of the tape, in words. */
  readonly leftOut: readonly string[];
  /** Gaps of the tape that may have held what the failure needs, in words. */
  readonly gaps: readonly string[];
  /** Whether the recorded service's variables are known, or the service is not ours to start. */
  readonly environmentKnown: boolean;
  /** What the replay began anew: the service (`--exec`), the state behind it as well (`--reset`), or nothing. */
  readonly restores: 'all' | 'service' | 'nothing';
}

/** The reasons why it did not reproduce, the likeliest first; empty where it did, or was shown fixed. */
export function reasonsFor(verdict: Verdict, found: FoundSoFar, around: Circumstances): readonly Reason[] {
  if (verdict.kind === 'reproduced' || verdict.kind === 'fixed' || verdict.kind === 'unmarked') return [];
  const reasons = [
    ...timingReasons(around, found.marked[0]?.mark),
    ...stateReasons(found, verdict.at),
    ...(verdict.kind === 'diverged' ? keptStateReasons(found, verdict.at, around) : []),
    ...tapeReasons(found, around),
  ];
  return reasons.sort((a, b) => b.weight - a.weight);
}

function timingReasons(
  { timing, speed, overlap, unmet, connections }: Circumstances,
  mark: VerdictMark | undefined,
): readonly Reason[] {
  const reasons: Reason[] = [];
  if (timing === 'fast')
    reasons.push({ weight: 0.9, text: 'timing fast sends without the recorded gaps; try causal' });
  if (speed !== 1)
    reasons.push({ weight: 0.8, text: `speed ${speed} changes the gaps that the service saw` });
  const lost = overlap.earliestLost;
  if (lost !== undefined && (mark === undefined || lost.began <= mark.at)) {
    const near = overlap.lost.some(({ first, second }) => Math.max(first, second) === mark?.exchange);
    const text = `${overlap.lostCount} of ${overlap.recorded} overlaps were lost, since the target answered faster than recorded; the first is ${pairText(lost)}`;
    reasons.push({ weight: near ? 0.95 : 0.85, text });
  }
  const last = mark?.exchange ?? Number.POSITIVE_INFINITY;
  const moved = timing === 'fast' ? undefined : overlap.moved.find((pair) => isBefore(pair, last));
  if (moved !== undefined) {
    const text = `${overlap.movedCount} gaps between the starts of overlapping payloads moved by over 1 ms; the first is ${pairText(moved)}, by ${moved.byMs.toFixed(1)} ms`;
    reasons.push({ weight: 0.6, text });
  }
  if (unmet > 0) {
    const text = `${counted(unmet, 'messages')} of streams went out before an answer that had come before them on the tape`;
    reasons.push({ weight: 0.65, text });
  }
  if (connections.reopened > 0) {
    const text = `the service ended ${connections.reopened} connections on which the recorded client went on`;
    reasons.push({ weight: 0.2, text });
  }
  return reasons;
}

function stateReasons(found: FoundSoFar, at: number): readonly Reason[] {
  const reasons: Reason[] = [];
  const { unauthorised, missing } = found;
  if (unauthorised.first !== undefined) {
    const weight = unauthorised.first <= at ? 0.92 : 0.3;
    const text = `${counted(unauthorised.count, 'payloads')} were refused (401, 403 or the like) that the recorded service let through, from payload ${unauthorised.first} on: the tape's credentials are scrubbed; give the service the mock ones, or set your own with --header`;
    reasons.push({ weight, text });
  }
  if (missing.first !== undefined) {
    const weight = missing.first <= at ? 0.75 : 0.25;
    const text = `${counted(missing.count, 'payloads')} carried a value that no response of this replay brought anew, the first payload ${missing.first} (${missing.where}); set it with --map`;
    reasons.push({ weight, text });
  }
  return reasons;
}

/** A service that went on from another replay, or from its own past, answers differently before it fails. */
function keptStateReasons(
  { differed }: FoundSoFar,
  at: number,
  { restores }: Circumstances,
): readonly Reason[] {
  if (differed === undefined || differed.id > at || restores === 'all') return [];
  const cure = restores === 'service' ? 'give --reset' : 'restart it, or give --exec / --reset';
  const text = `payload ${differed.id} differed already (${differed.where}): perhaps the service kept state; ${cure}`;
  return [{ weight: 0.55, text }];
}

function tapeReasons(found: FoundSoFar, around: Circumstances): readonly Reason[] {
  const reasons: Reason[] = [];
  const { count, first } = found.skipped;
  if (first !== undefined) {
    const text = `${counted(count, 'payloads')} could not be sent, the first payload ${first.id}: ${first.why}`;
    reasons.push({ weight: 0.7, text });
  }
  if (around.gaps.length > 0)
    reasons.push({ weight: 0.5, text: `the tape has gaps: ${around.gaps.join('; ')}` });
  if (around.leftOut.length > 0) {
    reasons.push({ weight: 0.45, text: `not all of the tape was replayed: ${around.leftOut.join('; ')}` });
  }
  if (!around.environmentKnown) {
    reasons.push({
      weight: 0.15,
      text: "the recorded service's environment variables are not known; set them with --env",
    });
  }
  return reasons;
}

function isBefore({ first, second }: Pair, mark: number): boolean {
  return Math.max(first, second) <= mark;
}

function pairText({ first, second }: Pair): string {
  return `that of payloads ${Math.min(first, second)} and ${Math.max(first, second)}`;
}

import type { TargetAddress } from '../../program/address.ts';
import type { Manifest } from '../../tape/manifest.ts';
import type { ConnectionCounts } from '../engine/client/exchange-client.ts';
import { targetOutOfReach } from '../engine/pass.ts';
import type { OverlapReport, PayloadId, RunEnd, Skipped, VerdictMark } from '../engine/port.ts';
import type { TapeReplay } from '../engine/replay.ts';
import type { FoundSoFar } from '../engine/verdict/findings.ts';
import { type Circumstances, type Reason, reasonsFor } from '../engine/verdict/reasons.ts';
import { type Conditions, unsentForVerdict, type Verdict, verdictOf } from '../engine/verdict/verdict.ts';
import { gapsOfExchanges, gapWords } from '../gap-words.ts';
import type { DifferenceTally, SendErrors, Tally } from './tally.ts';

/** All that a replay without step mode has to say, for people and for programs. */
export interface ReplayOutcome {
  readonly tape: string;
  readonly target: string;
  readonly conditions: Omit<Conditions, 'overlap'>;
  readonly verdict: Verdict;
  readonly reasons: readonly Reason[];
  readonly end: RunEnd['why'];
  readonly scope: number;
  readonly sent: number;
  readonly received: number;
  readonly skipped: number;
  /** One that could not be sent although the verdict hangs on it. */
  readonly unsent: Skipped | undefined;
  readonly replaced: number;
  /** Payloads by what sent them. */
  readonly over: Tally['over'];
  /** Calls that were sent as recorded bytes instead of by grpc-js, by why. */
  readonly asBytes: Tally['asBytes'];
  /** Messages that went out although what the recorded client had received before had not come. */
  readonly unmet: number;
  readonly tookMs: number;
  readonly sendErrors: SendErrors;
  /** The most by which a message of a stream was sent late, milliseconds. */
  readonly messageLateMs: number;
  readonly overlap: OverlapReport;
  readonly connections: ConnectionCounts;
  readonly differences: DifferenceTally;
  readonly leftOut: readonly string[];
  readonly gaps: readonly string[];
}

export interface OutcomeParts {
  readonly replay: TapeReplay;
  readonly tally: Tally;
  readonly end: RunEnd;
  readonly target: TargetAddress;
  readonly conditions: Omit<Conditions, 'overlap'>;
  readonly environmentKnown: boolean;
  /** What was begun anew for it. */
  readonly restores: Circumstances['restores'];
  readonly tookMs: number;
}

/** The marks of the tape that name a payload of the replay. */
export function marksOf(manifest: Manifest, has: (id: number) => boolean): readonly VerdictMark[] {
  return manifest.triggers.flatMap((mark) => {
    const { exchange } = mark;
    return mark.trigger === 'manual' || exchange === undefined || !has(exchange)
      ? []
      : [{ ...mark, exchange }];
  });
}

/**
 * Judges a replay that is over.
 * @throws `target-out-of-reach` where the target went away before anything else decided the verdict.
 */
export function outcomeOf(parts: OutcomeParts): ReplayOutcome {
  const { replay, tally, end, target, tookMs } = parts;
  const conditions: Conditions = { ...parts.conditions, overlap: end.overlap };
  const found = tally.findings.found();
  const verdict = verdictOf(found, conditions);
  if (verdict.kind === 'diverged' && wasRefusedAt(verdict.at, found)) throw targetOutOfReach(target);
  const gaps = gapWords(replay.manifest.gaps);
  const { leftOut } = replay.scope;
  const connections = replay.connectionCounts;
  const around = {
    ...conditions,
    unmet: tally.unmet,
    connections,
    leftOut,
    gaps: gapWords(gapsOfExchanges(replay.manifest.gaps)),
    environmentKnown: parts.environmentKnown,
    restores: parts.restores,
  };
  return {
    tape: replay.manifest.id,
    target: target.url,
    conditions: parts.conditions,
    verdict,
    reasons: reasonsFor(verdict, found, around),
    end: end.why,
    scope: replay.scope.count,
    sent: tally.sent,
    received: tally.received,
    skipped: found.skipped.count,
    unsent: unsentForVerdict(verdict, found),
    replaced: tally.replaced,
    over: tally.over,
    asBytes: tally.asBytes,
    unmet: tally.unmet,
    tookMs,
    sendErrors: tally.sendErrors(),
    messageLateMs: found.messageLateMs,
    overlap: end.overlap,
    connections,
    differences: tally.differences(),
    leftOut,
    gaps,
  };
}

function wasRefusedAt(id: PayloadId, { departure, marked }: FoundSoFar): boolean {
  if (departure?.id === id) return departure.refused;
  return marked.some(({ mark, refused }) => mark.exchange === id && refused === true);
}

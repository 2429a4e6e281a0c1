import type { Verdict } from '../engine/verdict/verdict.ts';
import type { ReplayOutcome } from './outcome.ts';

/** The report of a replay as one JSON object. Times in milliseconds. */
export function outcomeJson(outcome: ReplayOutcome): string {
  const { conditions, sendErrors, overlap, connections, differences, verdict } = outcome;
  return JSON.stringify({
    tape: outcome.tape,
    target: outcome.target,
    timing: conditions.timing,
    speed: conditions.speed,
    ...verdictFields(verdict),
    reasons: outcome.reasons,
    end: outcome.end,
    payloads: outcome.scope,
    sent: outcome.sent,
    received: outcome.received,
    skipped: outcome.skipped,
    ...(outcome.unsent === undefined
      ? {}
      : { unsent: { payload: outcome.unsent.id, why: outcome.unsent.why } }),
    replaced: outcome.replaced,
    sent_over: outcome.over,
    sent_as_bytes: outcome.asBytes,
    messages_ahead: outcome.unmet,
    took_ms: outcome.tookMs,
    send_error_ms: sendErrors,
    message_late_ms: outcome.messageLateMs,
    overlaps: {
      recorded: overlap.recorded,
      kept: overlap.kept,
      lost: overlap.lost,
      lost_count: overlap.lostCount,
      moved: overlap.moved,
      moved_count: overlap.movedCount,
      moved_most_ms: overlap.movedMostMs,
    },
    connections,
    differences: differences.listed,
    difference_count: differences.count,
    difference_payloads: differences.payloads,
    noise: differences.noise,
    left_out: outcome.leftOut,
    gaps: outcome.gaps,
  });
}

function verdictFields(verdict: Verdict) {
  return {
    verdict: verdict.kind,
    ...('at' in verdict ? { payload: verdict.at } : {}),
    ...('fingerprint' in verdict ? { fingerprint: verdict.fingerprint } : {}),
    ...('why' in verdict ? { failed: verdict.failed, why: verdict.why } : {}),
    ...(verdict.kind === 'diverged' ? { recorded: verdict.recorded, replayed: verdict.replayed } : {}),
  };
}

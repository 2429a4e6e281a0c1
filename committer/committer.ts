import { setTimeout as delay } from 'node:timers/promises';
import { DvrError } from '../errors/index.ts';
import type { Claim, LedgerReader } from '../ledger/port.ts';
import { holdMs } from '../ledger/retention.ts';
import type { Manifest } from '../tape/manifest.ts';
import { type CommitOutcome, type CommitTools, commit } from './commit.ts';
import { backoffMs, ledgerBackoffMs } from './retry.ts';

/** After so many attempts its window is given up, so that it cannot keep the tunnel from its next tapes. */
const attemptsLimit = 5;

/** What a committer tells of itself. */
export interface CommitterEvents {
  committed(outcome: CommitOutcome & { readonly manifest: Manifest }): void;
  /** Another committer, or an earlier attempt, had made the tape. */
  wasThere(outcome: CommitOutcome): void;
  /** An attempt failed; it is made again. */
  failed(error: unknown, attempt: number): void;
  /** The requests were acknowledged without a tape. */
  gaveUp(attempts: number, requests: number): void;
  /** The ledger cannot be read; it is tried again. */
  ledgerFailed(error: unknown): void;
}

/** Claims commit requests and makes their tapes, one at a time, until `signal` is aborted. Never throws. */
export async function runCommitter(
  reader: LedgerReader,
  tools: CommitTools,
  events: CommitterEvents,
  signal: AbortSignal,
): Promise<void> {
  let failures = 0;
  while (!signal.aborted) {
    let waitMs = backoffMs;
    try {
      await using claim = await reader.claim(signal);
      if (claim === undefined) break;
      if (await settle(claim, tools, events, signal)) {
        failures = 0;
        continue;
      }
    } catch (error) {
      events.ledgerFailed(error);
      waitMs = ledgerBackoffMs;
    }
    failures++;
    await delay(waitMs(failures), undefined, { signal }).catch(() => undefined);
  }
}

/** Makes the tape of a claim, or gives it up. Answers whether the claim is settled, one way or the other. */
async function settle(
  claim: Claim,
  tools: CommitTools,
  events: CommitterEvents,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    if (claim.attempt > attemptsLimit) {
      const joined = await claim.joined(tools.tunnel.commit.tailMs);
      await claim.acknowledge(joined);
      events.gaveUp(attemptsLimit, joined.length);
      return true;
    }
    const outcome = await commit(claim, tools, signal);
    if (outcome.manifest === undefined) events.wasThere(outcome);
    else events.committed({ ...outcome, manifest: outcome.manifest });
    return true;
  } catch (error) {
    const fault = claim.lost.aborted ? lost(error) : error;
    if (signal.aborted || isOfSurroundings(fault)) await excuse(claim);
    if (signal.aborted) return false;
    if (fault instanceof DvrError && fault.code === 'ledger-out-of-reach') throw fault;
    events.failed(fault, claim.attempt);
    return false;
  }
}

/** Whether ledger, vault or lease failed, rather than the work on what the window holds. */
function isOfSurroundings(error: unknown): boolean {
  return error instanceof DvrError && (error.code === 'not-allowed' || error.retryable);
}

/** Such faults count no attempt for as long as hold copies live. */
async function excuse(claim: Claim): Promise<void> {
  const now = await claim.now().catch(() => Date.now());
  if (now <= claim.oldest.takenAt + holdMs) await claim.excuse();
}

function lost(cause: unknown): DvrError {
  return new DvrError('lease-lost', 'another committer has taken this commit over', { cause });
}

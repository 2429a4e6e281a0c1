import type { Claim, CommitRequestEntry } from '../ledger/port.ts';
import { holdMs } from '../ledger/retention.ts';
import type { OpeningKey } from '../sealing/index.ts';
import type { Manifest } from '../tape/manifest.ts';
import type { TapeId } from '../tape/tape-id.ts';
import type { TunnelConfig } from '../tunnel/config.ts';
import type { VaultWriter } from '../vault/port.ts';
import { askedWindow } from './asked-window.ts';
import { HeldWindow, streamsOf, waitForLedgerTime } from './held-window.ts';
import { identifyTape } from './identify.ts';
import { openRequest, openRequests } from './open-request.ts';
import { QueuedWindows } from './queued-windows.ts';
import { retry } from './retry.ts';
import { type CreateDecoder, WindowPass } from './window-pass.ts';
import { writeTape } from './write-tape.ts';

/** What commits are made with. */
export interface CommitTools {
  readonly tunnel: TunnelConfig;
  readonly key: OpeningKey;
  readonly vault: VaultWriter;
  readonly createDecoder: CreateDecoder;
  /** The vault is out of reach; it is tried again, for as long as hold copies live. */
  readonly onVaultFailure: (id: TapeId, error: unknown, waitMs: number) => void;
  /** The windows of requests behind the claim could not be reserved this time. */
  readonly onQueueFailure: (error: unknown) => void;
}

export interface CommitOutcome {
  readonly id: TapeId;
  /** Absent where another attempt had written the tape already. */
  readonly manifest: Manifest | undefined;
  readonly joined: number;
  /** Joined requests that could not be read. */
  readonly unreadable: number;
  /** From the ledger's taking the oldest request to the tape's being there, milliseconds. */
  readonly lagMs: number;
}

/**
 * Makes the tape of a claim: all or nothing, and the requests are acknowledged only once its manifest is there. Throws
 * when `signal` is aborted or the lease is lost; whoever claims it next begins anew.
 */
export async function commit(claim: Claim, tools: CommitTools, signal: AbortSignal): Promise<CommitOutcome> {
  const queued = new QueuedWindows(claim, tools.tunnel, tools.key);
  const stop = AbortSignal.any([signal, claim.lost]);
  const ended = new AbortController();
  const keeping = queued.keep(AbortSignal.any([stop, ended.signal]), tools.onQueueFailure);
  let made: MadeTape;
  try {
    made = await makeTape(claim, tools, queued, stop);
  } finally {
    ended.abort();
    await keeping;
  }
  const { requests, ...outcome } = made;
  await claim.acknowledge(requests);
  return { ...outcome, joined: requests.length };
}

type MadeTape = Omit<CommitOutcome, 'joined'> & { readonly requests: readonly CommitRequestEntry[] };

async function makeTape(
  claim: Claim,
  tools: CommitTools,
  queued: QueuedWindows,
  stop: AbortSignal,
): Promise<MadeTape> {
  const { tunnel, key, vault, createDecoder } = tools;
  const oldest = openRequest(claim.oldest, claim.ledgerKey, key);
  const id = identifyTape(claim, oldest, key);
  const asked = askedWindow(tunnel, claim.oldest.takenAt);
  // Trimming goes on while the tail is awaited: what the oldest request needs is held first.
  for (const owner of await streamsOf(claim, [oldest], asked)) await claim.hold(owner, id);
  await waitForLedgerTime(claim, asked.readFrom, stop);
  const joined = await claim.joined(tunnel.commit.tailMs);
  const { requests, unreadable } = openRequests(joined, claim.ledgerKey, key);
  const plan = { tunnel, asked, requests, unreadable, key, createDecoder };
  const held = await HeldWindow.hold(claim, id, asked, await streamsOf(claim, requests, asked));
  await queued.release();
  const first = new WindowPass(plan);
  await held.readUntilEnded(first, stop);
  const { bounds } = first;
  const patience = claim.oldest.takenAt + holdMs - (await claim.now());
  const manifest = await retry(
    () => writeTape(vault, { id, fence: claim.fence, plan, bounds, held }, stop),
    performance.now() + patience,
    stop,
    (error, waitMs) => tools.onVaultFailure(id, error, waitMs),
  );
  const lagMs = (await claim.now()) - claim.oldest.takenAt;
  return { id, manifest, requests: joined, unreadable, lagMs };
}

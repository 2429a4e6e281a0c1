import { setTimeout as delay } from 'node:timers/promises';
import type { CommitRequest } from '../ledger/commit-request.ts';
import type { StreamOwner } from '../ledger/names.ts';
import type { BatchEntry, Claim } from '../ledger/port.ts';
import type { TapeId } from '../tape/tape-id.ts';
import type { TunnelConfig } from '../tunnel/config.ts';
import { type AskedWindow, askedWindow } from './asked-window.ts';
import { Breath } from './breath.ts';

const inFlightPollMs = 200;

/** What takes the batches of a window as they are read. */
export interface BatchTaker {
  /** Says that a stream belongs to the window, the one with the earliest batch first. */
  expect(owner: StreamOwner): void;
  take(owner: StreamOwner, entry: BatchEntry): void;
  /** Exchanges of the window that have not ended. */
  readonly inFlight: number;
}

/**
 * The streams that a tape is made of: those of the interceptors whose requests it joins, or, where a request was made
 * by hand and names none, of all that wrote in the window.
 */
export async function streamsOf(
  claim: Claim,
  requests: readonly CommitRequest[],
  tunnel: TunnelConfig,
): Promise<readonly StreamOwner[]> {
  const { from } = askedWindow(tunnel, claim.oldest.takenAt);
  const all = await claim.owners((await claim.now()) - from);
  if (requests.some((request) => request.pod === '')) return all;
  const pods = new Set(requests.map((request) => request.pod));
  return all.filter((owner) => pods.has(owner.pod));
}

/** Waits until the ledger's clock has reached `moment`. Throws when `signal` is aborted. */
export async function waitForLedgerTime(claim: Claim, moment: number, signal: AbortSignal): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const leftMs = moment - (await claim.now());
    if (leftMs <= 0) return;
    await delay(leftMs + 1, undefined, { signal });
  }
}

/**
 * Reads the window's batches from hold copies into `taker`, and what comes after while exchanges of the window are in
 * flight, up to the limit.
 */
export async function collectWindow(
  claim: Claim,
  owners: readonly StreamOwner[],
  id: TapeId,
  window: AskedWindow,
  taker: BatchTaker,
  signal: AbortSignal,
): Promise<void> {
  for (const owner of owners) await claim.hold(owner, id);
  const ordered = await byFirstBatch(claim, owners, id, window);
  const readTo = new Map<StreamOwner, number>();
  const breath = new Breath();
  for (const owner of ordered) taker.expect(owner);
  for (;;) {
    for (const owner of ordered) {
      for await (const entry of claim.read(owner, id, readTo.get(owner) ?? window.from, window.readUntil)) {
        signal.throwIfAborted();
        taker.take(owner, entry);
        readTo.set(owner, entry.takenAt);
        await breath.take();
      }
    }
    if (taker.inFlight === 0 || (await claim.now()) >= window.readUntil) return;
    await delay(inFlightPollMs, undefined, { signal });
    for (const owner of ordered) await claim.hold(owner, id);
  }
}

async function byFirstBatch(
  claim: Claim,
  owners: readonly StreamOwner[],
  id: TapeId,
  { from, readUntil }: AskedWindow,
): Promise<readonly StreamOwner[]> {
  const firsts: { readonly owner: StreamOwner; readonly takenAt: number }[] = [];
  for (const owner of owners) {
    let takenAt = Number.POSITIVE_INFINITY;
    for await (const entry of claim.read(owner, id, from, readUntil)) {
      takenAt = entry.takenAt;
      break;
    }
    firsts.push({ owner, takenAt });
  }
  return firsts.sort((a, b) => a.takenAt - b.takenAt).map(({ owner }) => owner);
}

import { setTimeout as delay } from 'node:timers/promises';
import type { CommitRequest } from '../ledger/commit-request.ts';
import type { StreamOwner } from '../ledger/names.ts';
import type { Claim } from '../ledger/port.ts';
import { silentAfterMs } from '../ledger/retention.ts';
import type { TapeId } from '../tape/tape-id.ts';
import type { AskedWindow } from './asked-window.ts';
import { Breath } from './breath.ts';
import type { DecodedExchange } from './decode/port.ts';
import type { WindowPass } from './window-pass.ts';

const inFlightPollMs = 200;

/** A stream that a tape is made of. */
export interface WindowStream extends StreamOwner {
  /** Its interceptor was not heard of any more when the window was to be held. */
  readonly silent: boolean;
}

/**
 * The streams that a tape is made of: those of the interceptors whose requests it joins, or, where a request was made
 * by hand and names none, of all that wrote in the window.
 */
export async function streamsOf(
  claim: Pick<Claim, 'now' | 'owners'>,
  requests: readonly CommitRequest[],
  { from }: AskedWindow,
): Promise<readonly WindowStream[]> {
  const now = await claim.now();
  const seen = await claim.owners(now - from);
  const all = seen.map(({ seenAt, ...owner }) => ({ ...owner, silent: now - seenAt > silentAfterMs }));
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

/** The hold copies of one window. They may be read again and again, and are the same each time once they are whole. */
export class HeldWindow {
  readonly #claim: Claim;
  readonly #id: TapeId;
  readonly #asked: AskedWindow;
  /** The one with the earliest batch first. */
  readonly #owners: readonly WindowStream[];

  private constructor(claim: Claim, id: TapeId, asked: AskedWindow, owners: readonly WindowStream[]) {
    this.#claim = claim;
    this.#id = id;
    this.#asked = asked;
    this.#owners = owners;
  }

  static async hold(
    claim: Claim,
    id: TapeId,
    asked: AskedWindow,
    owners: readonly WindowStream[],
  ): Promise<HeldWindow> {
    const firsts: { readonly owner: WindowStream; readonly takenAt: number }[] = [];
    for (const owner of owners) {
      await claim.hold(owner, id);
      let takenAt = Number.POSITIVE_INFINITY;
      for await (const entry of claim.read(owner, id, asked.from, asked.readUntil)) {
        takenAt = entry.takenAt;
        break;
      }
      firsts.push({ owner, takenAt });
    }
    const ordered = firsts.sort((a, b) => a.takenAt - b.takenAt).map(({ owner }) => owner);
    return new HeldWindow(claim, id, asked, ordered);
  }

  /** Reads all that is held, with what comes while exchanges of the window are in flight, up to the limit. */
  async readUntilEnded(pass: WindowPass, signal: AbortSignal): Promise<void> {
    const readTo = new Map<StreamOwner, number>();
    const breath = new Breath();
    for (const owner of this.#owners) pass.expect(owner, owner.silent);
    for (;;) {
      for (const owner of this.#owners) {
        for await (const entry of this.#entries(owner, readTo.get(owner) ?? this.#asked.from)) {
          signal.throwIfAborted();
          pass.take(owner, entry);
          readTo.set(owner, entry.takenAt);
          await breath.take();
        }
      }
      if (pass.inFlight === 0 || (await this.#claim.now()) >= this.#asked.readUntil) break;
      await delay(inFlightPollMs, undefined, { signal });
      for (const owner of this.#owners) await this.#claim.hold(owner, this.#id);
    }
    pass.finish();
  }

  /** The exchanges of what is held, as they end. */
  async *exchanges(pass: WindowPass, signal: AbortSignal): AsyncGenerator<DecodedExchange> {
    const breath = new Breath();
    for (const owner of this.#owners) pass.expect(owner, owner.silent);
    for (const owner of this.#owners) {
      for await (const entry of this.#entries(owner, this.#asked.from)) {
        for (const exchange of pass.take(owner, entry)) {
          yield exchange;
          await breath.take();
          signal.throwIfAborted();
        }
        await breath.take();
      }
    }
    yield* pass.finish();
  }

  #entries(owner: StreamOwner, from: number): ReturnType<Claim['read']> {
    return this.#claim.read(owner, this.#id, from, this.#asked.readUntil);
  }
}

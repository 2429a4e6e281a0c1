import { setTimeout as delay } from 'node:timers/promises';
import type { Claim, CommitRequestEntry } from '../ledger/port.ts';
import { holdMs } from '../ledger/retention.ts';
import type { OpeningKey } from '../sealing/index.ts';
import type { TunnelConfig } from '../tunnel/config.ts';
import { type AskedWindow, askedWindow } from './asked-window.ts';
import { openRequest } from './open-request.ts';

const pollMs = 1_000;
/** A pod's reserve may have so many times the bytes that its stream may. */
const budgets = 2;

/** The window of a tape that will be made when its turn comes. */
interface QueuedWindow {
  readonly oldest: CommitRequestEntry;
  readonly asked: AskedWindow;
  /** Those whose requests the tape will join. An empty name stands for all. */
  readonly pods: Set<string>;
  /** Whether everything up to its end has been reserved. */
  whole: boolean;
}

/**
 * Reserves the windows of the requests that are queued behind a claim: its tape may wait for the vault for longer than
 * the ledger keeps traffic.
 */
export class QueuedWindows {
  readonly #claim: Claim;
  readonly #tunnel: TunnelConfig;
  readonly #key: OpeningKey;
  #windows: QueuedWindow[] = [];
  #seen: string | undefined;
  #turn: Promise<void> = Promise.resolve();

  constructor(claim: Claim, tunnel: TunnelConfig, key: OpeningKey) {
    this.#claim = claim;
    this.#tunnel = tunnel;
    this.#key = key;
  }

  /** Reserves, again and again, until `signal` is aborted. Never throws: `onFailure` is told, and it goes on. */
  async keep(signal: AbortSignal, onFailure: (error: unknown) => void): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.#inTurn(() => this.#reserve());
      } catch (error) {
        if (!signal.aborted) onFailure(error);
      }
      await delay(pollMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** Drops the reserves that no queued window needs; what this claim needs of them must be in its hold copies. */
  release(): Promise<void> {
    return this.#inTurn(() => this.#release());
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(act);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** Reserves what queued windows need by now. */
  async #reserve(): Promise<void> {
    await this.#takeNew();
    const now = await this.#claim.now();
    this.#windows = this.#windows.filter(({ oldest }) => now <= oldest.takenAt + holdMs);
    const growing = this.#windows.filter(({ whole }) => !whole);
    const from = this.#windows[0]?.asked.from;
    if (growing.length === 0 || from === undefined) return;
    for (const owner of await this.#claim.owners(now - from)) {
      if (!growing.some(({ pods }) => pods.has('') || pods.has(owner.pod))) continue;
      await this.#claim.reserve(owner, from, budgets * this.#tunnel.capture.ledgerBudget);
    }
    for (const window of growing) window.whole = now > window.asked.readUntil;
  }

  async #release(): Promise<void> {
    await this.#takeNew();
    const pods = new Set(this.#windows.flatMap((window) => [...window.pods]));
    if (pods.has('')) return;
    const { capture } = this.#tunnel;
    for (const owner of await this.#claim.owners(capture.maxSessionDurationMs + holdMs)) {
      if (!pods.has(owner.pod)) await this.#claim.release(owner);
    }
  }

  /** Joins new requests to windows as later claims will join them to tapes. */
  async #takeNew(): Promise<void> {
    const { tailMs } = this.#tunnel.commit;
    for (;;) {
      const requests = await this.#claim.queued(tailMs, this.#seen);
      if (requests.length === 0) return;
      for (const request of requests) {
        this.#seen = request.entryId;
        const last = this.#windows.at(-1);
        const joins = last !== undefined && request.takenAt <= last.oldest.takenAt + tailMs;
        const window = joins ? last : this.#begin(request);
        window.pods.add(openRequest(request, this.#claim.ledgerKey, this.#key).pod);
      }
    }
  }

  #begin(oldest: CommitRequestEntry): QueuedWindow {
    const asked = askedWindow(this.#tunnel, oldest.takenAt);
    const window = { oldest, asked, pods: new Set<string>(), whole: false };
    this.#windows.push(window);
    return window;
  }
}

import { EventEmitter, once } from 'node:events';
import { ledgerKeys, type SeenOwner, type StreamOwner, type TunnelName } from '../names.ts';
import type {
  BatchEntry,
  Claim,
  CommitRequestEntry,
  LedgerAppender,
  LedgerReader,
  RequestJudge,
} from '../port.ts';
import { MemoryAppender } from './memory-appender.ts';
import { Ring, type RingEntry } from './ring.ts';

interface Stream {
  readonly owner: StreamOwner;
  readonly ring: Ring;
}

interface Hold {
  readonly owner: StreamOwner;
  readonly entries: RingEntry[];
}

interface Request extends CommitRequestEntry {
  attempts: number;
}

const queuedPage = 1_000;

/** Here whoever commits has the key of whoever asked. */
const claimAll: RequestJudge = { verdict: () => 'claim', dropped: () => undefined };

/**
 * The ledger of one process: of embedded mode, where the interceptor appends in this thread and a committer reads in
 * another (`serve-reader.ts`). It holds at most the budget of each appender, once more while a commit is made, and what
 * is reserved for queued requests.
 */
export class MemoryLedger {
  readonly #streams = new Map<string, Stream>();
  readonly #holds = new Map<string, Hold>();
  /** What queued requests will need of a stream, by its name. */
  readonly #reserves = new Map<string, readonly RingEntry[]>();
  readonly #requests = new Map<string, Request[]>();
  readonly #leased = new Set<string>();
  readonly #changes = new EventEmitter().setMaxListeners(0);
  #fence = 0;
  #lastMs = 0;
  #count = 0;

  appender(owner: StreamOwner, budgetBytes: number, retentionMs: number): LedgerAppender {
    const name = ledgerKeys.segments(owner);
    const ring = new Ring(budgetBytes, retentionMs);
    this.#streams.set(name, { owner, ring });
    return new MemoryAppender(name, {
      take: (batch) => ring.push(...this.#newId(), batch),
      request: (sealed) => this.#takeRequest(ledgerKeys.commits(owner), sealed),
    });
  }

  reader(tunnel: TunnelName, judge = claimAll): LedgerReader {
    const key = ledgerKeys.commits(tunnel);
    return { claim: (signal) => this.#claim(tunnel, key, judge, signal), close: async () => undefined };
  }

  /** Waits until every commit request of a tunnel is acknowledged, at most `deadlineMs`; answers whether all are. */
  async settled(tunnel: TunnelName, deadlineMs: number): Promise<boolean> {
    const signal = AbortSignal.timeout(deadlineMs);
    const key = ledgerKeys.commits(tunnel);
    const pending = (): boolean => (this.#requests.get(key)?.length ?? 0) > 0;
    while (pending() && !signal.aborted) await this.#changed(signal);
    return !pending();
  }

  #newId(): [entryId: string, takenAt: number] {
    const now = Math.max(this.#lastMs, Date.now());
    this.#count = now === this.#lastMs ? this.#count + 1 : 0;
    this.#lastMs = now;
    return [`${now}-${this.#count}`, now];
  }

  #takeRequest(key: string, sealed: Uint8Array): void {
    const [entryId, takenAt] = this.#newId();
    const requests = this.#requests.get(key) ?? [];
    requests.push({ entryId, takenAt, sealed, attempts: 0 });
    this.#requests.set(key, requests);
    this.#changes.emit('change');
  }

  async #claim(
    tunnel: TunnelName,
    key: string,
    judge: RequestJudge,
    signal: AbortSignal,
  ): Promise<Claim | undefined> {
    for (;;) {
      if (signal.aborted) return undefined;
      const oldest = this.#leased.has(key) ? undefined : this.#oldest(tunnel, key, judge);
      if (oldest !== undefined) return this.#grant(tunnel, key, judge, oldest);
      await this.#changed(signal);
    }
  }

  #oldest(tunnel: TunnelName, key: string, judge: RequestJudge): Request | undefined {
    for (const request of this.#requests.get(key) ?? []) {
      const verdict = judge.verdict(request, this.#now());
      if (verdict === 'claim') return request;
      if (verdict === 'leave') continue;
      this.#acknowledge(tunnel, key, [request]);
      judge.dropped(request);
    }
    return undefined;
  }

  #now(): number {
    return Math.max(this.#lastMs, Date.now());
  }

  /** Waits for a request, an acknowledgement or a lease given back, or until `signal` is aborted. */
  async #changed(signal: AbortSignal): Promise<void> {
    try {
      await once(this.#changes, 'change', { signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #grant(tunnel: TunnelName, key: string, judge: RequestJudge, oldest: Request): Claim {
    this.#leased.add(key);
    oldest.attempts++;
    return {
      fence: ++this.#fence,
      attempt: oldest.attempts,
      ledgerKey: key,
      oldest,
      lost: new AbortController().signal,
      now: async () => this.#now(),
      owners: async (windowMs) => this.#owners(tunnel, windowMs),
      hold: async (owner, tapeId) => this.#hold(owner, tapeId),
      read: (owner, tapeId, fromMs, toMs) =>
        readEntries(this.#holds.get(ledgerKeys.hold(owner, tapeId))?.entries ?? [], fromMs, toMs),
      joined: async (tailMs) =>
        (this.#requests.get(key) ?? []).filter(
          (request) =>
            request.takenAt <= oldest.takenAt + tailMs && judge.verdict(request, this.#now()) !== 'leave',
        ),
      queued: async (tailMs, after) =>
        (this.#requests.get(key) ?? [])
          .slice(after === undefined ? 0 : this.#indexOf(key, after) + 1)
          .filter(
            (request) =>
              request.takenAt > oldest.takenAt + tailMs && judge.verdict(request, this.#now()) === 'claim',
          )
          .slice(0, queuedPage),
      reserve: async (owner, fromMs, limitBytes) => this.#reserve(owner, fromMs, limitBytes),
      release: async (owner) => {
        this.#reserves.delete(ledgerKeys.segments(owner));
      },
      excuse: async () => {
        oldest.attempts--;
      },
      acknowledge: async (requests) => this.#acknowledge(tunnel, key, requests),
      [Symbol.asyncDispose]: async () => {
        this.#leased.delete(key);
        this.#changes.emit('change');
      },
    };
  }

  #owners(tunnel: TunnelName, windowMs: number): SeenOwner[] {
    const since = Date.now() - windowMs;
    return (
      [...this.#streams.values()]
        .filter(
          ({ owner, ring }) => isOf(owner, tunnel) && (ring.newestAt ?? Number.NEGATIVE_INFINITY) >= since,
        )
        // Interceptor and ledger are one process.
        .map(({ owner }) => ({ ...owner, seenAt: this.#now() }))
    );
  }

  #hold(owner: StreamOwner, tapeId: string): void {
    const ring = this.#streams.get(ledgerKeys.segments(owner))?.ring;
    if (ring === undefined) return;
    const name = ledgerKeys.hold(owner, tapeId);
    const reserved = this.#reserves.get(ledgerKeys.segments(owner)) ?? [];
    const hold = this.#holds.get(name) ?? { owner, entries: [...reserved] };
    for (const entry of ring.behind(hold.entries.at(-1)?.entryId)) hold.entries.push(entry);
    if (hold.entries.length > 0) this.#holds.set(name, hold);
  }

  #reserve(owner: StreamOwner, fromMs: number, limitBytes: number): boolean {
    const name = ledgerKeys.segments(owner);
    const reserved = this.#reserves.get(name) ?? [];
    const added = this.#streams.get(name)?.ring.behind(reserved.at(-1)?.entryId) ?? [];
    const wanted = [...reserved, ...added].filter(({ takenAt }) => takenAt >= fromMs);
    let leftBytes = limitBytes;
    const kept = wanted.filter(({ batch }) => {
      leftBytes -= batch.bytes;
      return leftBytes >= 0;
    });
    this.#reserves.set(name, kept);
    return kept.length === wanted.length;
  }

  #indexOf(key: string, entryId: string): number {
    return (this.#requests.get(key) ?? []).findIndex((request) => request.entryId === entryId);
  }

  #acknowledge(tunnel: TunnelName, key: string, requests: readonly CommitRequestEntry[]): void {
    const entryIds = new Set(requests.map((request) => request.entryId));
    const left = (this.#requests.get(key) ?? []).filter((request) => !entryIds.has(request.entryId));
    this.#requests.set(key, left);
    this.#changes.emit('change');
    // There is one commit at a time: every hold copy of the tunnel was made for it, or for one that was given up.
    for (const [name, { owner }] of this.#holds) if (isOf(owner, tunnel)) this.#holds.delete(name);
  }
}

function isOf(owner: StreamOwner, tunnel: TunnelName): boolean {
  return owner.namespace === tunnel.namespace && owner.tunnel === tunnel.tunnel;
}

async function* readEntries(
  entries: readonly RingEntry[],
  fromMs: number,
  toMs: number,
): AsyncGenerator<BatchEntry> {
  for (const { batch, ...entry } of entries) {
    if (entry.takenAt >= fromMs && entry.takenAt <= toMs) {
      yield { ...entry, sealed: Buffer.concat(batch.parts) };
    }
  }
}

import { ledgerKeys, type SeenOwner, type StreamOwner, type TunnelName } from '../names.ts';
import type { BatchEntry, Claim, CommitRequestEntry, RequestJudge } from '../port.ts';
import { holdMs, registerEveryMs } from '../retention.ts';
import type { CommitRequests } from './commit-requests.ts';
import { readEntries } from './entries.ts';
import type { Lease } from './lease.ts';
import type { RedisClient } from './redis-client.ts';
import { copyStream, extendCopy, extendReserve } from './scripts.ts';

const batchPage = 32;
const podPage = 1_000;
const queuedPage = 1_000;
const podName = /^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/;

export class RedisClaim implements Claim {
  readonly fence: number;
  readonly attempt: number;
  readonly ledgerKey: string;
  readonly oldest: CommitRequestEntry;
  readonly lost: AbortSignal;
  readonly #client: RedisClient;
  readonly #tunnel: TunnelName;
  readonly #lease: Lease;
  readonly #requests: CommitRequests;
  readonly #judge: RequestJudge;
  readonly #excuse: () => Promise<void>;
  readonly #holds = new Set<string>();

  constructor(
    client: RedisClient,
    tunnel: TunnelName,
    lease: Lease,
    requests: CommitRequests,
    judge: RequestJudge,
    oldest: CommitRequestEntry,
    attempt: number,
    excuse: () => Promise<void>,
  ) {
    this.fence = lease.fence;
    this.attempt = attempt;
    this.ledgerKey = ledgerKeys.commits(tunnel);
    this.oldest = oldest;
    this.lost = lease.lost;
    this.#client = client;
    this.#tunnel = tunnel;
    this.#lease = lease;
    this.#requests = requests;
    this.#judge = judge;
    this.#excuse = excuse;
  }

  async now(): Promise<number> {
    return this.#client.time();
  }

  async owners(windowMs: number): Promise<SeenOwner[]> {
    const key = ledgerKeys.pods(this.#tunnel);
    const seen = new Map<string, number>();
    let from = String(Math.max(0, Math.floor((await this.now()) - windowMs - 2 * registerEveryMs)));
    for (;;) {
      const entries = readEntries(await this.#client.call('XRANGE', key, from, '+', 'COUNT', podPage));
      for (const { ms, fields } of entries) {
        const pod = fields?.get('p')?.toString();
        if (pod !== undefined && podName.test(pod)) seen.set(pod, ms);
      }
      const last = entries.at(-1);
      if (last === undefined || entries.length < podPage) break;
      from = `(${last.id}`;
    }
    return [...seen].map(([pod, seenAt]) => ({ ...this.#tunnel, pod, seenAt }));
  }

  async hold(owner: StreamOwner, tapeId: string): Promise<void> {
    this.lost.throwIfAborted();
    const hold = ledgerKeys.hold(owner, tapeId);
    const keys = [ledgerKeys.segments(owner), hold];
    this.#holds.add(hold);
    await this.#client.run(copyStream, [...keys, ledgerKeys.reserve(owner)], holdMs);
    while ((await this.#client.run(extendCopy, keys, batchPage)) === batchPage) this.lost.throwIfAborted();
  }

  async *read(owner: StreamOwner, tapeId: string, fromMs: number, toMs: number): AsyncGenerator<BatchEntry> {
    const hold = ledgerKeys.hold(owner, tapeId);
    const to = String(Math.floor(toMs));
    let from = String(Math.max(0, Math.floor(fromMs)));
    for (;;) {
      const entries = readEntries(await this.#client.call('XRANGE', hold, from, to, 'COUNT', batchPage));
      for (const { id, ms, fields } of entries) {
        const sealed = fields?.get('b');
        const trimmedTo = Number(fields?.get('m')?.toString() ?? 0);
        const behindCut = fields?.has('cut') ? ({ behindCut: true } as const) : {};
        if (sealed !== undefined) yield { entryId: id, takenAt: ms, sealed, trimmedTo, ...behindCut };
      }
      const last = entries.at(-1);
      if (last === undefined || entries.length < batchPage) return;
      from = `(${last.id}`;
    }
  }

  async joined(tailMs: number): Promise<readonly CommitRequestEntry[]> {
    const joined: CommitRequestEntry[] = [];
    const now = await this.now();
    for await (const request of this.#requests.unacknowledged()) {
      if (request.takenAt > this.oldest.takenAt + tailMs) break;
      if (this.#judge.verdict(request, now) !== 'leave') joined.push(request);
    }
    return joined;
  }

  async queued(tailMs: number, after?: string): Promise<readonly CommitRequestEntry[]> {
    const queued: CommitRequestEntry[] = [];
    const now = await this.now();
    for await (const request of this.#requests.unacknowledged(after)) {
      if (request.takenAt <= this.oldest.takenAt + tailMs) continue;
      if (this.#judge.verdict(request, now) === 'claim') queued.push(request);
      if (queued.length === queuedPage) break;
    }
    return queued;
  }

  async reserve(owner: StreamOwner, fromMs: number, limitBytes: number): Promise<boolean> {
    const keys = [ledgerKeys.segments(owner), ledgerKeys.reserve(owner)];
    const from = String(Math.max(0, Math.floor(fromMs)));
    for (;;) {
      this.lost.throwIfAborted();
      const added = await this.#client.run(extendReserve, keys, batchPage, from, limitBytes, holdMs);
      if (added < batchPage) return added >= 0;
    }
  }

  async release(owner: StreamOwner): Promise<void> {
    await this.#client.call('UNLINK', ledgerKeys.reserve(owner));
  }

  excuse(): Promise<void> {
    return this.#excuse();
  }

  async acknowledge(requests: readonly CommitRequestEntry[]): Promise<void> {
    await this.#requests.acknowledge(requests, Math.floor(await this.now()));
    for (const hold of this.#holds) await this.#client.call('UNLINK', hold);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#lease.release();
  }
}

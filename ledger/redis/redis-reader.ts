import { setTimeout as delay } from 'node:timers/promises';
import type { RedisEndpoint } from '../../program/endpoint.ts';
import type { TunnelName } from '../names.ts';
import type { Claim, CommitRequestEntry, LedgerReader, RequestJudge } from '../port.ts';
import { CommitRequests } from './commit-requests.ts';
import { Lease } from './lease.ts';
import { RedisClaim } from './redis-claim.ts';
import { RedisClient } from './redis-client.ts';

const pollMs = 250;

/** Reads a tunnel's ledger in Redis for the committers. */
export class RedisReader implements LedgerReader {
  readonly #client: RedisClient;
  readonly #tunnel: TunnelName;

  readonly #judge: RequestJudge;
  /** The request whose last attempt was excused while Redis was out of reach. */
  #owed: string | undefined;

  constructor(address: RedisEndpoint, tunnel: TunnelName, judge: RequestJudge) {
    this.#judge = judge;
    this.#client = new RedisClient(address);
    this.#tunnel = tunnel;
  }

  /** Throws `ledger-out-of-reach` or `not-allowed`; it may then be called again. */
  async claim(signal: AbortSignal): Promise<Claim | undefined> {
    while (!signal.aborted) {
      const lease = await Lease.acquire(this.#client, this.#tunnel);
      const claim = lease === undefined ? undefined : await this.#claimWith(lease);
      if (claim !== undefined) return claim;
      await delay(pollMs, undefined, { signal }).catch(() => undefined);
    }
    return undefined;
  }

  async close(): Promise<void> {
    this.#client.close();
  }

  async #claimWith(lease: Lease): Promise<Claim | undefined> {
    try {
      const requests = new CommitRequests(this.#client, this.#tunnel, lease);
      const oldest = await this.#oldest(requests);
      if (oldest !== undefined) {
        const { entryId } = oldest;
        const attempt = await requests.countAttempt(entryId, this.#owed === entryId ? 0 : 1);
        this.#owed = undefined;
        const excuse = async (): Promise<void> => {
          try {
            await requests.countAttempt(entryId, -1);
          } catch {
            this.#owed = entryId;
          }
        };
        return new RedisClaim(
          ...([this.#client, this.#tunnel, lease, requests, this.#judge, oldest, attempt, excuse] as const),
        );
      }
    } catch (error) {
      await lease.release();
      throw error;
    }
    await lease.release();
    return undefined;
  }

  /** The oldest request to claim. Those before it that nobody can read are acknowledged. */
  async #oldest(requests: CommitRequests): Promise<CommitRequestEntry | undefined> {
    const now = Math.floor(await this.#client.time());
    for await (const request of requests.unacknowledged()) {
      const verdict = this.#judge.verdict(request, now);
      if (verdict === 'claim') return request;
      if (verdict === 'leave') continue;
      await requests.acknowledge([request], now);
      this.#judge.dropped(request);
    }
    return undefined;
  }
}

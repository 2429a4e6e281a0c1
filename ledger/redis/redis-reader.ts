import { setTimeout as delay } from 'node:timers/promises';
import type { RedisEndpoint } from '../../program/endpoint.ts';
import type { TunnelName } from '../names.ts';
import type { Claim, LedgerReader } from '../port.ts';
import { CommitRequests } from './commit-requests.ts';
import { Lease } from './lease.ts';
import { RedisClaim } from './redis-claim.ts';
import { RedisClient } from './redis-client.ts';

const pollMs = 250;

/** Reads a tunnel's ledger in Redis for the committers. */
export class RedisReader implements LedgerReader {
  readonly #client: RedisClient;
  readonly #tunnel: TunnelName;

  constructor(address: RedisEndpoint, tunnel: TunnelName) {
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
      const [oldest] = await requests.unacknowledged();
      if (oldest !== undefined) {
        const attempt = await requests.countAttempt(oldest.entryId);
        return new RedisClaim(this.#client, this.#tunnel, lease, requests, oldest, attempt);
      }
    } catch (error) {
      await lease.release();
      throw error;
    }
    await lease.release();
    return undefined;
  }
}

import { randomBytes } from 'node:crypto';
import { ledgerKeys, type TunnelName } from '../names.ts';
import type { RedisClient } from './redis-client.ts';
import { acquireLease, releaseLease, renewLease } from './scripts.ts';

/** A holder that does not answer for so long has lost it to another, milliseconds. */
const leaseMs = 10_000;
const renewEveryMs = 2_500;

/** The right to read a tunnel's commit requests, held by one committer at a time and renewed until it is released. */
export class Lease {
  readonly fence: number;
  /** What stands in Redis while it is ours. */
  readonly value: string;
  readonly #client: RedisClient;
  readonly #key: string;
  readonly #lost = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #renewedAt: number;

  private constructor(client: RedisClient, key: string, fence: number, value: string, since: number) {
    this.#client = client;
    this.#key = key;
    this.fence = fence;
    this.value = value;
    this.#renewedAt = since;
    this.#timer = setInterval(() => this.#renew(), renewEveryMs);
  }

  /** Takes the lease of a tunnel that has a request waiting; `undefined` where it has none, or another holds it. */
  static async acquire(client: RedisClient, tunnel: TunnelName): Promise<Lease | undefined> {
    const key = ledgerKeys.lease(tunnel);
    const token = randomBytes(12).toString('hex');
    const since = performance.now();
    const keys = [key, ledgerKeys.fence(tunnel), ledgerKeys.commits(tunnel)];
    const fence = await client.run(acquireLease, keys, token, leaseMs);
    return fence === 0 ? undefined : new Lease(client, key, fence, `${token}:${fence}`, since);
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** Stops renewing and gives it back. A Redis out of reach is no fault: it ends there by itself. */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#lost.signal.aborted) return;
    this.#lose();
    await this.#client.run(releaseLease, [this.#key], this.value).catch(() => undefined);
  }

  async #renew(): Promise<void> {
    const since = performance.now();
    if (since - this.#renewedAt > leaseMs) {
      this.#lose();
      return;
    }
    try {
      const renewed = await this.#client.run(renewLease, [this.#key], this.value, leaseMs);
      if (renewed === 1) this.#renewedAt = since;
      else this.#lose();
    } catch {
      // Out of reach: it is ours until its time is over, which the next round sees.
    }
  }

  #lose(): void {
    clearInterval(this.#timer);
    this.#lost.abort();
  }
}

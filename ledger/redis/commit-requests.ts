import { createHash } from 'node:crypto';
import { DvrError } from '../../errors/index.ts';
import { committerGroup, ledgerKeys, type TunnelName } from '../names.ts';
import type { CommitRequestEntry } from '../port.ts';
import { requestRetentionMs } from '../retention.ts';
import { readGroupEntries, type StreamEntry } from './entries.ts';
import type { Lease } from './lease.ts';
import type { RedisClient } from './redis-client.ts';
import { acknowledgeRequests } from './scripts.ts';

/** The group has one consumer: whoever holds the lease. So what a dead holder had read needs no claiming. */
const consumer = 'lease-holder';
const page = 1_000;

/** The commit requests of a tunnel, as the holder of its lease sees them. */
export class CommitRequests {
  readonly #client: RedisClient;
  readonly #tunnel: TunnelName;
  readonly #lease: Lease;

  constructor(client: RedisClient, tunnel: TunnelName, lease: Lease) {
    this.#client = client;
    this.#tunnel = tunnel;
    this.#lease = lease;
  }

  /** All that are not acknowledged, oldest first. */
  async unacknowledged(): Promise<CommitRequestEntry[]> {
    while ((await this.#read('>')).length === page);
    const found: CommitRequestEntry[] = [];
    const finished: string[] = [];
    let from = '0';
    for (;;) {
      const entries = await this.#read(from);
      for (const entry of entries) {
        const sealed = entry.fields?.get('r');
        if (sealed === undefined || (await this.#isDone(sealed))) finished.push(entry.id);
        else found.push({ entryId: entry.id, takenAt: entry.ms, sealed });
      }
      const last = entries.at(-1);
      if (last === undefined || entries.length < page) break;
      from = last.id;
    }
    if (finished.length > 0) await this.#drop(finished);
    return found;
  }

  /** Counts one more claim of a request and answers how many there were. */
  async countAttempt(entryId: string): Promise<number> {
    const key = ledgerKeys.attempts(this.#tunnel);
    const attempts = await this.#client.call('HINCRBY', key, entryId, 1);
    await this.#client.call('PEXPIRE', key, requestRetentionMs);
    return typeof attempts === 'number' ? attempts : 1;
  }

  /** Acknowledges requests, all or none. Throws `lease-lost`. */
  async acknowledge(requests: readonly CommitRequestEntry[], nowMs: number): Promise<void> {
    const tunnel = this.#tunnel;
    const keys = [
      ledgerKeys.lease(tunnel),
      ledgerKeys.commits(tunnel),
      ledgerKeys.attempts(tunnel),
      ledgerKeys.done(tunnel),
    ];
    const pairs = requests.flatMap((request) => [request.entryId, digest(request.sealed)]);
    const args = [this.#lease.value, committerGroup, nowMs, requestRetentionMs, ...pairs];
    if ((await this.#client.run(acknowledgeRequests, keys, ...args)) !== 1) {
      throw new DvrError('lease-lost', 'another committer has taken this commit over');
    }
  }

  async #read(from: string): Promise<StreamEntry[]> {
    const key = ledgerKeys.commits(this.#tunnel);
    const args = ['GROUP', committerGroup, consumer, 'COUNT', page, 'STREAMS', key, from];
    try {
      return readGroupEntries(await this.#client.call('XREADGROUP', ...args));
    } catch (error) {
      if (!(error instanceof DvrError && error.message.includes('NOGROUP'))) throw error;
    }
    await this.#client.call('XGROUP', 'CREATE', key, committerGroup, '0');
    return readGroupEntries(await this.#client.call('XREADGROUP', ...args));
  }

  async #isDone(sealed: Uint8Array): Promise<boolean> {
    const score = await this.#client.call('ZSCORE', ledgerKeys.done(this.#tunnel), digest(sealed));
    return score !== null;
  }

  /** Takes entries out that are of no use to anyone: trimmed ones, and second copies of finished ones. */
  async #drop(entryIds: readonly string[]): Promise<void> {
    const key = ledgerKeys.commits(this.#tunnel);
    await this.#client.call('XACK', key, committerGroup, ...entryIds);
    await this.#client.call('XDEL', key, ...entryIds);
  }
}

function digest(sealed: Uint8Array): string {
  return createHash('sha256').update(sealed).digest('base64url');
}

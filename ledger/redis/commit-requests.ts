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
const page = 100;

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

  /** Those that are not acknowledged, behind the entry id `after`, oldest first, read in pages as they are asked for. */
  async *unacknowledged(after = '0'): AsyncGenerator<CommitRequestEntry> {
    while ((await this.#read('>')).length === page);
    let from = after;
    for (;;) {
      const entries = await this.#read(from);
      const requests = entries.flatMap(({ id, ms, fields }) => {
        const sealed = fields?.get('r');
        return sealed === undefined ? [] : [{ entryId: id, takenAt: ms, sealed }];
      });
      const done = await this.#done(requests);
      const left = requests.filter((_, i) => !done[i]);
      const wanted = new Set(left.map(({ entryId }) => entryId));
      await this.#drop(entries.map(({ id }) => id).filter((id) => !wanted.has(id)));
      yield* left;
      const last = entries.at(-1);
      if (last === undefined || entries.length < page) return;
      from = last.id;
    }
  }

  /** Counts claims of a request, `by` more, and answers how many there were. */
  async countAttempt(entryId: string, by: number): Promise<number> {
    const key = ledgerKeys.attempts(this.#tunnel);
    const attempts = await this.#client.call('HINCRBY', key, entryId, by);
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

  /** Of each request whether it was acknowledged before, and has been sent again. */
  async #done(requests: readonly CommitRequestEntry[]): Promise<readonly boolean[]> {
    if (requests.length === 0) return [];
    const digests = requests.map(({ sealed }) => digest(sealed));
    const scores = await this.#client.call('ZMSCORE', ledgerKeys.done(this.#tunnel), ...digests);
    return requests.map((_, i) => Array.isArray(scores) && scores[i] !== null);
  }

  /** Takes entries out that are of no use to anyone: trimmed ones, and second copies of finished ones. */
  async #drop(entryIds: readonly string[]): Promise<void> {
    if (entryIds.length === 0) return;
    const key = ledgerKeys.commits(this.#tunnel);
    await this.#client.call('XACK', key, committerGroup, ...entryIds);
    await this.#client.call('XDEL', key, ...entryIds);
  }
}

function digest(sealed: Uint8Array): string {
  return createHash('sha256').update(sealed).digest('base64url');
}

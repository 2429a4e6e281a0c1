import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { ledgerKeys } from '../../../ledger/names.ts';
import type { Claim, RequestJudge } from '../../../ledger/port.ts';
import { RedisAppender } from '../../../ledger/redis/redis-appender.ts';
import { RedisReader } from '../../../ledger/redis/redis-reader.ts';
import { parseLedgerUrl, type RedisEndpoint } from '../../../program/endpoint.ts';
import { BatchSealer, generateKeyPair, parseSealingKey, readBatchLabel } from '../../../sealing/index.ts';
import { needs } from '../../parts/needs.ts';
import { type RedisServer, startRedis } from '../../parts/redis.ts';

const tunnel = { namespace: 'shop', tunnel: 'dvr' };
const owner = { ...tunnel, pod: 'shop-1' };
const tapeId = 'tape-id-7889A-crash';
const never = new AbortController().signal;
const sealingKey = parseSealingKey(generateKeyPair().publicPem, 'test');

/** The user's line in docs/operations.md, with a password of the test's own. */
function documentedUser(name: string): string {
  const docs = readFileSync(join(import.meta.dirname, '../../../docs/operations.md'), 'utf8');
  const line = docs.split('\n').find((text) => text.startsWith(`user ${name} on `));
  if (line === undefined) throw new Error(`the docs have no user ${name}`);
  return line.replace('>PASSWORD', '>s3cret').replaceAll('{payment-services/', `{${owner.namespace}/`);
}

const open: (() => PromiseLike<void> | void)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

function address(url: string): RedisEndpoint {
  const parsed = parseLedgerUrl(url, '--ledger');
  if (parsed.kind !== 'redis') throw new Error('no Redis');
  return parsed;
}

function interceptor(redis: RedisServer, budgetBytes = 1e7, url = redis.url) {
  const appender = new RedisAppender({
    address: address(url),
    owner,
    budgetBytes,
    retentionMs: 400_000,
  });
  open.push(() => appender.close());
  const sealer = new BatchSealer(appender.stream, sealingKey);
  return {
    async append(count = 1, bytes = 100): Promise<void> {
      for (let i = 0; i < count; i++) appender.append(sealer.seal([Buffer.alloc(bytes)]));
      await appender.flush(5000);
    },
    async request(text: string): Promise<void> {
      appender.requestCommit(Buffer.from(text));
      await appender.flush(5000);
    },
  };
}

/** Claims every request but those that a test names: `noise…` is dropped, `foreign…` left. */
function judge(dropped: string[] = []): RequestJudge {
  return {
    verdict({ sealed }) {
      const text = Buffer.from(sealed).toString();
      if (text.startsWith('noise')) return 'drop';
      return text.startsWith('foreign') ? 'leave' : 'claim';
    },
    dropped: ({ sealed }) => dropped.push(Buffer.from(sealed).toString()),
  };
}

function committer(url: string, dropped?: string[]): RedisReader {
  const reader = new RedisReader(address(url), tunnel, judge(dropped));
  open.push(() => reader.close());
  return reader;
}

function admin(redis: RedisServer): Redis {
  const client = new Redis(redis.socket, { retryStrategy: () => null });
  client.on('error', () => undefined);
  open.push(() => client.disconnect());
  return client;
}

async function claimed(reader: RedisReader): Promise<Claim> {
  const claim = await reader.claim(AbortSignal.timeout(10_000));
  if (claim === undefined) throw new Error('nothing to claim');
  open.push(() => claim[Symbol.asyncDispose]());
  return claim;
}

async function sequences(claim: Claim, from = 0, to = Number.MAX_SAFE_INTEGER): Promise<number[]> {
  const found: number[] = [];
  for await (const entry of claim.read(owner, tapeId, from, to))
    found.push(readBatchLabel(entry.sealed).sequence);
  return found;
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
const texts = (requests: readonly { sealed: Uint8Array }[]): string[] =>
  requests.map((request) => Buffer.from(request.sealed).toString());

describe('the Redis reader', needs('redis-server'), () => {
  test('goes the whole way with the rights that the docs list and no other', async () => {
    await using redis = await startRedis({
      acl: ['user default on nopass ~* +@all', documentedUser('committer'), documentedUser('interceptor')],
    });
    const shop = interceptor(redis, 1e7, redis.urlFor('interceptor', 's3cret'));
    const reader = committer(redis.urlFor('committer', 's3cret'));
    await shop.append(100);
    await shop.request('one');
    const claim = await claimed(reader);
    expect(claim).toMatchObject({ attempt: 1, ledgerKey: '{shop/dvr}:commits' });
    expect(Math.abs((await claim.now()) - Date.now())).toBeLessThan(5000);
    const [seen, ...others] = await claim.owners(60_000);
    expect([seen, ...others]).toEqual([{ ...owner, seenAt: expect.any(Number) }]);
    expect(Math.abs((await claim.now()) - (seen?.seenAt ?? 0))).toBeLessThan(5000);
    await claim.hold(owner, tapeId);
    await shop.append(70);
    await claim.hold(owner, tapeId);
    expect(await sequences(claim)).toEqual(upTo(170));
    const joined = await claim.joined(1000);
    expect(texts(joined)).toEqual(['one']);
    await claim.acknowledge(joined);
    await claim[Symbol.asyncDispose]();
    const keys = await admin(redis).keys('*');
    expect(keys.filter((key) => /hold|lease/.test(key))).toEqual([]);
    expect(await reader.claim(AbortSignal.timeout(400))).toBeUndefined();
  });

  test('reserves for queued requests what the budget puts out, within a bound, until it is released', async () => {
    await using redis = await startRedis({
      acl: ['user default on nopass ~* +@all', documentedUser('committer'), documentedUser('interceptor')],
    });
    const shop = interceptor(redis, 100_000, redis.urlFor('interceptor', 's3cret'));
    const reader = committer(redis.urlFor('committer', 's3cret'));
    const client = admin(redis);
    await shop.append(1, 5_000);
    await shop.request('one');
    const first = await claimed(reader);
    await delay(20);
    await shop.append(40, 1_000);
    await shop.request('two');
    await delay(20);
    await shop.request('three');
    const queued = await first.queued(10);
    expect(texts(queued)).toEqual(['two', 'three']);
    expect(await first.queued(10, queued[0]!.entryId)).toEqual(queued.slice(1));
    const from = queued[0]!.takenAt - 15;
    expect(await first.reserve(owner, from, 60_000)).toBe(true);
    await shop.append(10, 1_000);
    expect(await first.reserve(owner, from, 60_000)).toBe(true);
    for (let i = 0; i < 4; i++) await shop.append(50, 1_000);
    expect(await first.reserve(owner, from, 60_000)).toBe(false);
    const [name] = await client.keys('*:hold:queued');
    expect(await client.pttl(name!)).toBeGreaterThan(3_500_000);
    const reserved = await client.xlen(name!);
    expect(reserved).toBeGreaterThan(50);
    expect(reserved).toBeLessThan(60);
    await first.acknowledge(await first.joined(10));
    await first[Symbol.asyncDispose]();
    const second = await claimed(reader);
    await second.hold(owner, tapeId);
    const held = await sequences(second);
    expect(held.slice(0, 50)).toEqual(upTo(51).slice(1));
    expect(held.at(-1)).toBe(251);
    expect(held.length).toBeLessThan(250);
    let cuts = 0;
    for await (const { behindCut } of second.read(owner, tapeId, 0, Number.MAX_SAFE_INTEGER))
      if (behindCut) cuts++;
    expect(cuts).toBeGreaterThan(0);
    const late = queued[0]!.takenAt + 10;
    await second.reserve(owner, late, 1e6);
    const [oldest] = await client.xrange(name!, '-', '+', 'COUNT', 1);
    expect(Number(oldest![0].split('-')[0])).toBeGreaterThanOrEqual(late);
    await second.release(owner);
    expect(await client.keys('*:hold:queued')).toEqual([]);
  });

  test('is out of the reach of an interceptor but for what that appends to', async () => {
    await using redis = await startRedis({
      acl: ['user default on nopass ~* +@all', documentedUser('interceptor')],
    });
    const client = new Redis(redis.urlFor('interceptor', 's3cret'), {
      retryStrategy: () => null,
      enableReadyCheck: false,
    });
    open.push(() => client.disconnect());
    const { segments, pods, commits, hold, lease, fence, attempts, done } = ledgerKeys;
    for (const key of [segments(owner), pods(tunnel), commits(tunnel)]) {
      expect(await client.xadd(key, '*', 'f', 'v')).toBeTypeOf('string');
      expect(await client.expire(key, 60)).toBe(1);
    }
    const foreign = { namespace: 'other', tunnel: 'dvr', pod: 'x' };
    const closed = [hold(owner, tapeId), lease(tunnel), fence(tunnel), attempts(tunnel), done(tunnel)];
    for (const key of [...closed, segments(foreign), commits(foreign)]) {
      await expect(client.expire(key, 60)).rejects.toThrow(/NOPERM/);
      await expect(client.xadd(key, '*', 'f', 'v')).rejects.toThrow(/NOPERM/);
    }
  });

  test('reads from and to moments of the ledger', async () => {
    await using redis = await startRedis();
    const client = admin(redis);
    for (const ms of [1000, 2000, 3000])
      await client.xadd(ledgerKeys.segments(owner), `${ms}-0`, 'm', '7', 'b', 'x');
    await interceptor(redis).request('one');
    const claim = await claimed(committer(redis.url));
    await claim.hold(owner, tapeId);
    const found = [];
    for await (const entry of claim.read(owner, tapeId, 1001, 2000)) found.push(entry);
    expect(found).toMatchObject([{ takenAt: 2000, trimmedTo: 7, entryId: '2000-0' }]);
  });

  test('keeps what is held out of the reach of trimming, and lets it expire by itself', async () => {
    await using redis = await startRedis();
    const shop = interceptor(redis, 30_000);
    await shop.append(5, 5000);
    await shop.request('one');
    const claim = await claimed(committer(redis.url));
    await claim.hold(owner, tapeId);
    await shop.append(3, 25_000);
    await shop.append(1, 25_000);
    await claim.hold(owner, tapeId);
    const held = await sequences(claim);
    expect(held.slice(0, 5)).toEqual(upTo(5));
    expect(held.at(-1)).toBe(9);
    const cuts: boolean[] = [];
    for await (const { behindCut } of claim.read(owner, tapeId, 0, Number.MAX_SAFE_INTEGER))
      cuts.push(behindCut === true);
    expect(cuts.indexOf(true)).toBe(5);
    expect(cuts.lastIndexOf(true)).toBe(5);
    await shop.append(1, 100);
    await claim.hold(owner, tapeId);
    expect((await sequences(claim)).at(-1)).toBe(10);
    expect(await admin(redis).ttl(ledgerKeys.hold(owner, tapeId))).toBeGreaterThan(3500);
  });

  test('grants the lease to one at a time, and to the next when it is given back, with a higher fence', async () => {
    await using redis = await startRedis();
    await interceptor(redis).request('one');
    const [one, two] = [committer(redis.url), committer(redis.url)];
    const first = await claimed(one);
    expect(await two.claim(AbortSignal.timeout(700))).toBeUndefined();
    await first[Symbol.asyncDispose]();
    const second = await claimed(two);
    expect(second.fence).toBeGreaterThan(first.fence);
    expect(second.attempt).toBe(2);
    expect(second.oldest.entryId).toBe(first.oldest.entryId);
    expect(texts(await second.joined(0))).toEqual(['one']);
  });

  test('lets nobody acknowledge who has lost the lease', async () => {
    await using redis = await startRedis();
    await interceptor(redis).request('one');
    const first = await claimed(committer(redis.url));
    const joined = await first.joined(0);
    await admin(redis).del(ledgerKeys.lease(tunnel));
    const second = await claimed(committer(redis.url));
    await expect(first.acknowledge(joined)).rejects.toMatchObject({ code: 'lease-lost' });
    await vi.waitFor(() => expect(first.lost.aborted).toBe(true), { timeout: 5000 });
    expect(texts(await second.joined(0))).toEqual(['one']);
    await second.acknowledge(await second.joined(0));
    expect(await second.joined(0)).toEqual([]);
  });

  test('joins what is at most the tail younger than the oldest, and leaves the rest for the next claim', async () => {
    await using redis = await startRedis();
    const client = admin(redis);
    const commits = ledgerKeys.commits(tunnel);
    for (const ms of [5000, 6000, 7000, 7001]) await client.xadd(commits, `${ms}-0`, 'r', String(ms));
    const reader = committer(redis.url);
    const first = await claimed(reader);
    const joined = await first.joined(2000);
    expect(texts(joined)).toEqual(['5000', '6000', '7000']);
    await first.acknowledge(joined);
    await first[Symbol.asyncDispose]();
    const next = await claimed(reader);
    expect(next.oldest.takenAt).toBe(7001);
    expect(next.attempt).toBe(1);
  });

  test('acknowledges what nobody can read at once, leaves what others can, and claims the next', async () => {
    await using redis = await startRedis();
    const shop = interceptor(redis);
    for (const text of ['noise 1', 'foreign 1', 'noise 2', 'one', 'foreign 2', 'noise 3', 'two']) {
      await shop.request(text);
    }
    await admin(redis).xadd(ledgerKeys.commits(tunnel), '*', 'else', 'x');
    const dropped: string[] = [];
    const claim = await claimed(committer(redis.url, dropped));
    expect(texts([claim.oldest])).toEqual(['one']);
    expect(dropped).toEqual(['noise 1', 'noise 2']);
    const joined = await claim.joined(60_000);
    expect(texts(joined)).toEqual(['one', 'noise 3', 'two']);
    await claim.acknowledge(joined);
    const left = await admin(redis).xrange(ledgerKeys.commits(tunnel), '-', '+');
    expect(left.map(([, fields]) => fields[1])).toEqual(['foreign 1', 'foreign 2']);
    await claim[Symbol.asyncDispose]();
    expect(await committer(redis.url).claim(AbortSignal.timeout(700))).toBeUndefined();
  });

  test('finds the oldest behind pages of others, and reads no further than what joins', async () => {
    await using redis = await startRedis();
    const client = admin(redis);
    const commits = ledgerKeys.commits(tunnel);
    for (let i = 0; i < 250; i++) await client.xadd(commits, `1-${i}`, 'r', `foreign ${i}`);
    for (let i = 0; i < 150; i++) await client.xadd(commits, `5000-${i}`, 'r', `one ${i}`);
    for (let i = 0; i < 300; i++) await client.xadd(commits, `9000-${i}`, 'r', `later ${i}`);
    const claim = await claimed(committer(redis.url));
    expect(texts([claim.oldest])).toEqual(['one 0']);
    const before = await client.info('commandstats');
    expect(await claim.joined(1000)).toHaveLength(150);
    const reads = (info: string): number => Number(/cmdstat_xreadgroup:calls=(\d+)/.exec(info)?.[1]);
    expect(reads(await client.info('commandstats')) - reads(before)).toBe(6);
  });

  test('takes back an attempt that is excused', async () => {
    await using redis = await startRedis();
    await interceptor(redis).request('one');
    const reader = committer(redis.url);
    for (let i = 0; i < 3; i++) {
      const claim = await claimed(reader);
      expect(claim.attempt).toBe(1);
      await claim.excuse();
      await claim[Symbol.asyncDispose]();
    }
    await (await claimed(reader))[Symbol.asyncDispose]();
    expect((await claimed(committer(redis.url))).attempt).toBe(2);
  });

  test('does not give a request again that was acknowledged and then sent once more', async () => {
    await using redis = await startRedis();
    const shop = interceptor(redis);
    const reader = committer(redis.url);
    await shop.request('one');
    const first = await claimed(reader);
    await first.acknowledge(await first.joined(0));
    await first[Symbol.asyncDispose]();
    await shop.request('one');
    expect(await reader.claim(AbortSignal.timeout(700))).toBeUndefined();
    await shop.request('two');
    expect(texts([(await claimed(reader)).oldest])).toEqual(['two']);
  });

  test('tells when each pod was last there', async () => {
    await using redis = await startRedis();
    await interceptor(redis).request('one');
    const claim = await claimed(committer(redis.url));
    const now = Math.floor(await claim.now());
    const [client, pods] = [admin(redis), ledgerKeys.pods(tunnel)];
    await client.del(pods);
    await client.xadd(pods, `${now - 90_000}-0`, 'p', 'a-1');
    await client.xadd(pods, `${now - 60_000}-0`, 'p', 'b-1');
    await client.xadd(pods, `${now - 50_000}-0`, 'p', 'a-1');
    expect(await claim.owners(120_000)).toEqual([
      { ...tunnel, pod: 'a-1', seenAt: now - 50_000 },
      { ...tunnel, pod: 'b-1', seenAt: now - 60_000 },
    ]);
  });

  test('takes a pod whose name could lead out of the namespace for none', async () => {
    await using redis = await startRedis();
    const client = admin(redis);
    for (const pod of ['ok-1', 'a}:segments', '../x', '', 'x'.repeat(300)]) {
      await client.xadd(ledgerKeys.pods(tunnel), '*', 'p', pod);
    }
    await interceptor(redis).request('one');
    const claim = await claimed(committer(redis.url));
    expect((await claim.owners(60_000)).map(({ pod }) => pod).sort()).toEqual(['ok-1', 'shop-1']);
  });

  test('says what is wrong when Redis is away or refuses', async () => {
    await using redis = await startRedis({
      acl: ['user default on nopass ~* +@all', 'user poor on >x ~* -@all +ping'],
    });
    await expect(committer(redis.urlFor('poor', 'x')).claim(never)).rejects.toMatchObject({
      code: 'not-allowed',
    });
    await redis.stop();
    await expect(committer(redis.url).claim(never)).rejects.toMatchObject({
      code: 'ledger-out-of-reach',
      message: expect.stringContaining('ECONNREFUSED'),
      where: `redis://127.0.0.1:${redis.port}`,
    });
  });
});

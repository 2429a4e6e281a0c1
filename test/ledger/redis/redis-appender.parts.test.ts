import { Redis } from 'ioredis';
import { describe, expect, test, vi } from 'vitest';
import { ledgerKeys } from '../../../ledger/names.ts';
import { RedisAppender, type RedisAppenderSettings } from '../../../ledger/redis/redis-appender.ts';
import { parseLedgerUrl, type RedisEndpoint } from '../../../program/endpoint.ts';
import { BatchSealer, generateKeyPair, parseSealingKey, readBatchLabel } from '../../../sealing/index.ts';
import { needs } from '../../parts/needs.ts';
import { type RedisServer, startRedis } from '../../parts/redis.ts';

const owner = { namespace: 'shop', tunnel: 'dvr', pod: 'shop-1' };
const segments = ledgerKeys.segments(owner);
const sealingKey = parseSealingKey(generateKeyPair().publicPem, 'test');

function address(url: string): RedisEndpoint {
  const parsed = parseLedgerUrl(url, '--ledger');
  if (parsed.kind !== 'redis') throw new Error('no Redis');
  return parsed;
}

function world(redis: RedisServer, settings: Partial<RedisAppenderSettings> = {}, url = redis.url) {
  const appender = new RedisAppender({
    address: address(url),
    owner,
    budgetBytes: 1e6,
    retentionMs: 400_000,
    ...settings,
  });
  const sealer = new BatchSealer(segments, sealingKey);
  const admin = new Redis(redis.socket, { lazyConnect: true });
  return {
    appender,
    admin,
    append: (bytes = 100, tells = 0): void => appender.append(sealer.seal([Buffer.alloc(bytes)]), tells),
    sequences: async (): Promise<number[]> =>
      (await admin.xrangeBuffer(segments, '-', '+')).map(([, fields]) => readBatchLabel(fields[3]!).sequence),
    async [Symbol.asyncDispose]() {
      await appender.close();
      admin.disconnect();
    },
  };
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

describe('the Redis appender', needs('redis-server'), () => {
  test('needs no right but XADD, EXPIRE and PING on the keys of its namespace', async () => {
    await using redis = await startRedis({
      acl: [
        'user default on nopass ~* +@all',
        'user shop on >s3cret resetchannels ~{shop/* -@all +xadd +expire +ping',
      ],
    });
    await using shop = world(redis, {}, redis.urlFor('shop', 's3cret'));
    for (let i = 0; i < 5; i++) shop.append();
    shop.appender.requestCommit(Buffer.from('sealed request'));
    await shop.appender.flush(5000);
    expect(shop.appender.counters).toMatchObject({
      reachable: true,
      appendedBatches: 5,
      commitsRequested: 1,
      droppedBatches: 0,
      problem: undefined,
    });
    expect(await shop.sequences()).toEqual(upTo(5));
    const retention = await shop.admin.ttl(segments);
    expect(retention).toBeGreaterThan(390);
    expect(retention).toBeLessThanOrEqual(400);
    expect(await shop.admin.xrange(ledgerKeys.commits(owner), '-', '+')).toMatchObject([
      [/-/, ['r', 'sealed request']],
    ]);
    expect(await shop.admin.xrange(ledgerKeys.pods(owner), '-', '+')).toMatchObject([[/-/, ['p', 'shop-1']]]);
    expect(await shop.admin.ttl(ledgerKeys.pods(owner))).toBeGreaterThan(0);
    expect(await shop.admin.ttl(ledgerKeys.commits(owner))).toBeGreaterThan(0);
  });

  test('of a user of another namespace appends nothing, drops it, and says why', async () => {
    await using redis = await startRedis({
      acl: ['user default on nopass ~* +@all', 'user bank on >s3cret ~{bank/* -@all +xadd +expire +ping'],
    });
    await using bank = world(redis, {}, redis.urlFor('bank', 's3cret'));
    bank.append();
    await bank.appender.flush(5000);
    expect(bank.appender.counters).toMatchObject({ appendedBatches: 0, droppedBatches: 1 });
    expect(bank.appender.counters.problem).toMatch(/NOPERM/);
    expect(await bank.admin.exists(segments)).toBe(0);
  });

  test('keeps its pod within its budget of bytes, and each entry says what was trimmed before it', async () => {
    await using redis = await startRedis();
    await using shop = world(redis, { budgetBytes: 50_000 });
    for (let i = 0; i < 40; i++) {
      shop.append(10_000);
      await shop.appender.flush(5000);
    }
    const entries = await shop.admin.xrangeBuffer(segments, '-', '+');
    const bytes = entries.reduce((sum, [, fields]) => sum + fields[3]!.length, 0);
    expect(bytes).toBeGreaterThan(30_000);
    expect(bytes).toBeLessThan(65_000);
    const [oldest] = entries[0]![0].toString().split('-').map(Number);
    const trimmedTo = Number(entries.at(-1)![1][1]!.toString());
    expect(trimmedTo).toBeLessThanOrEqual(oldest!);
    expect(trimmedTo).toBeGreaterThan(oldest! - 10_000);
    expect((await shop.sequences()).at(-1)).toBe(40);
  });

  test('trims what is older than its retention', async () => {
    await using redis = await startRedis();
    await using shop = world(redis, { retentionMs: 2_000 });
    await shop.admin.xadd(segments, '1-1', 'm', '0', 'b', 'old');
    shop.append();
    await shop.appender.flush(5000);
    shop.append();
    await shop.appender.flush(5000);
    expect(await shop.sequences()).toEqual([1, 2]);
  });

  test('outlives a Redis that goes and comes: what was unanswered is sent again in order', async () => {
    await using redis = await startRedis();
    await using shop = world(redis);
    shop.append();
    await shop.appender.flush(5000);
    await redis.stop();
    await vi.waitFor(() => expect(shop.appender.counters.reachable).toBe(false));
    expect(shop.appender.counters.problem).toBeDefined();
    for (let i = 0; i < 3; i++) shop.append();
    shop.appender.requestCommit(Buffer.from('one'));
    shop.appender.requestCommit(Buffer.from('two'));
    await redis.start();
    await shop.appender.flush(10_000);
    expect(await shop.sequences()).toEqual([2, 3, 4]);
    const commits = await shop.admin.xrange(ledgerKeys.commits(owner), '-', '+');
    expect(commits.map(([, fields]) => fields[1])).toEqual(['one', 'two']);
    expect(shop.appender.counters).toMatchObject({ pendingBytes: 0, droppedBatches: 0, problem: undefined });
  });

  test.each([
    ['came back empty', true],
    ['only dropped the connection', false],
  ])('of a Redis that %s says what is gone', async (_, restarts) => {
    await using redis = await startRedis();
    await using shop = world(redis);
    shop.append();
    await shop.appender.flush(5000);
    const takenAt = async (): Promise<number[]> =>
      (await shop.admin.xrange(segments, '-', '+')).map(([id]) => Number(id.split('-')[0]));
    const [first = 0] = await takenAt();
    if (restarts) {
      shop.admin.disconnect();
      await redis.stop();
      await vi.waitFor(() => expect(shop.appender.counters.reachable).toBe(false));
      await redis.start();
      await shop.admin.connect();
    } else await shop.admin.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    shop.append();
    await vi.waitFor(() => expect(shop.appender.counters.appendedBatches).toBe(2), { timeout: 10_000 });
    const [, fields] = (await shop.admin.xrange(segments, '-', '+')).at(-1)!;
    const goneTo = Number(fields[1]);
    expect(goneTo >= first).toBe(restarts);
    expect(goneTo).toBeLessThan((await takenAt()).at(-1)!);
  });

  test('takes losses that a dropped batch was to tell for untold again', async () => {
    await using redis = await startRedis();
    await using shop = world(redis, { pendingLimit: 50_000 });
    redis.pause();
    for (let i = 0; i < 6; i++) shop.append(10_000);
    const { droppedBytes, untoldBytes } = shop.appender.counters;
    expect(droppedBytes).toBeGreaterThan(0);
    expect(untoldBytes).toBe(droppedBytes);
    shop.append(10_000, untoldBytes);
    expect(shop.appender.counters.untoldBytes).toBe(shop.appender.counters.droppedBytes);
    redis.resume();
    await shop.appender.flush(10_000);
    shop.append(10_000, shop.appender.counters.untoldBytes);
    expect(shop.appender.counters.untoldBytes).toBe(0);
  });

  test('holds no more than its bound while Redis is silent, and counts what it drops', async () => {
    await using redis = await startRedis();
    await using shop = world(redis, { pendingLimit: 50_000 });
    shop.append();
    await shop.appender.flush(5000);
    redis.pause();
    for (let i = 0; i < 20; i++) shop.append(10_000);
    const { droppedBatches, droppedBytes, pendingBytes } = shop.appender.counters;
    expect(droppedBatches).toBe(16);
    expect(pendingBytes).toBeLessThanOrEqual(50_000);
    expect(droppedBytes + pendingBytes).toBeGreaterThan(200_000);
    redis.resume();
    await shop.appender.flush(10_000);
    expect(await shop.sequences()).toEqual(upTo(5));
  });

  test('gives up a connection whose other side has been silent for too long', {
    timeout: 30_000,
  }, async () => {
    await using redis = await startRedis();
    await using shop = world(redis);
    shop.append();
    await shop.appender.flush(5000);
    redis.pause();
    shop.append();
    await vi.waitFor(() => expect(shop.appender.counters.problem).toMatch(/in time/), { timeout: 12_000 });
    redis.resume();
    await shop.appender.flush(10_000);
    expect(new Set(await shop.sequences())).toEqual(new Set([1, 2]));
  });

  test('with a wrong password stays unreachable, and says why without it', async () => {
    await using redis = await startRedis({
      acl: ['user default on nopass ~* +@all', 'user shop on >right ~* +@all'],
    });
    await using shop = world(redis, {}, redis.urlFor('shop', 'wr0ng'));
    await vi.waitFor(() => expect(shop.appender.counters.problem).toMatch(/WRONGPASS/));
    expect(shop.appender.counters.problem).not.toContain('wr0ng');
    expect(shop.appender.counters.reachable).toBe(false);
  });

  test('closed while Redis is away counts what it still held as dropped', async () => {
    await using redis = await startRedis();
    await redis.stop();
    await using shop = world(redis);
    shop.append();
    await shop.appender.flush(50);
    await shop.appender.close();
    expect(shop.appender.counters).toMatchObject({ droppedBatches: 1, pendingBytes: 0 });
  });
});

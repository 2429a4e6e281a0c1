import { describe, expect, test } from 'vitest';
import { RedisAppender } from '../../ledger/redis/redis-appender.ts';
import { parseLedgerUrl } from '../../program/endpoint.ts';
import { needs } from '../parts/needs.ts';
import { startRedis } from '../parts/redis.ts';
import { answer, exchange, owner, Recorded } from './parts/recorded.ts';

describe('a ledger in Redis that stops and starts under load', needs('redis-server'), () => {
  test('changes nothing for the client, and the gap is counted', async () => {
    await using redis = await startRedis();
    const address = parseLedgerUrl(redis.url, 'test');
    if (address.kind !== 'redis') throw new Error('not a Redis');
    const appender = new RedisAppender({
      address,
      owner,
      budgetBytes: 64 << 20,
      retentionMs: 600_000,
      pendingLimit: 200_000,
    });
    try {
      await using recorded = await Recorded.start({}, { appender });
      const [client, server] = await recorded.pair();
      const body = 'x'.repeat(5_000);
      const load = async (): Promise<void> => {
        for (let i = 0; i < 20; i++) await exchange(client, server, `/${i}`, body);
      };
      await load();
      await expect.poll(() => appender.counters.appendedBatches).toBeGreaterThan(0);
      await redis.stop();
      await expect.poll(() => appender.counters.reachable).toBe(false);
      await expect
        .poll(async () => {
          await load();
          return appender.counters.droppedBytes;
        })
        .toBeGreaterThan(0);
      const taken = appender.counters.appendedBatches;
      await redis.start();
      await expect.poll(() => appender.counters.reachable, { timeout: 10_000 }).toBe(true);
      await load();
      await expect.poll(() => appender.counters.appendedBatches).toBeGreaterThan(taken);
      const sent = recorded.interceptor.state.observer.exchanges;
      expect(client.length).toBe(sent * answer(200, body).length);
      expect(recorded.faults).toEqual([]);
      expect(client.end).toBe('open');
    } finally {
      await appender.close();
    }
  });
});

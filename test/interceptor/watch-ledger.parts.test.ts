import { Redis } from 'ioredis';
import { describe, expect, test, vi } from 'vitest';
import { watchLedger } from '../../interceptor/watch-ledger.ts';
import { RedisAppender } from '../../ledger/redis/redis-appender.ts';
import { parseLedgerUrl } from '../../program/endpoint.ts';
import type { Log } from '../../program/log.ts';
import { needs } from '../parts/needs.ts';
import { startRedis } from '../parts/redis.ts';

const owner = { namespace: 'payment-services', tunnel: 'dvr', pod: 'shop-1' };

function appenderTo(url: string): RedisAppender {
  const address = parseLedgerUrl(url, '--ledger');
  if (address.kind !== 'redis') throw new Error('no Redis');
  return new RedisAppender({ address, owner, budgetBytes: 1e6, retentionMs: 400_000 });
}

describe('watching a ledger', needs('redis-server'), () => {
  test('tells that its user lacks rights, which ones and on what keys, and when it has them', async () => {
    await using redis = await startRedis({
      acl: ['user default on nopass ~* +@all', 'user dvr on >secret ~{shop/* -@all +xadd +expire +ping'],
    });
    const appender = appenderTo(redis.urlFor('dvr', 'secret'));
    const said: { level: string; text: string }[] = [];
    const note =
      (level: string): Log['info'] =>
      (message, fields) =>
        void said.push({ level, text: `${message} ${JSON.stringify(fields)}` });
    const log = { debug: note('debug'), info: note('info'), warn: note('warn'), error: note('error') };
    const watch = watchLedger(
      { appender, name: redis.url, namespace: owner.namespace },
      { ...log, fault: () => undefined },
    );
    const admin = new Redis(redis.socket, { lazyConnect: true });
    try {
      await vi.waitFor(() => expect(said).toHaveLength(1), { timeout: 5_000 });
      expect(said[0]?.level).toBe('warn');
      expect(said[0]?.text).toMatch(/refuses.*NOPERM.*begin with \{payment-services\//);
      await admin.call('ACL', 'SETUSER', 'dvr', '~{payment-services/*');
      appender.requestCommit(Buffer.from('sealed'));
      await vi.waitFor(() => expect(said).toHaveLength(2), { timeout: 5_000 });
      expect(said[1]).toMatchObject({ level: 'info', text: expect.stringContaining('takes writes') });
    } finally {
      admin.disconnect();
      watch[Symbol.dispose]();
      await appender.close();
    }
  });
});

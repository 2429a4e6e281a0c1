import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { needs } from './needs.ts';
import { startRedis, useRedis } from './redis.ts';

function open(url: string): Redis {
  const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, enableReadyCheck: false });
  client.on('error', () => undefined);
  return client;
}

describe('a Redis of a test', needs('redis-server'), () => {
  it('answers, forgets when stopped, and comes back on the same port', async () => {
    await using redis = await startRedis();
    const before = open(redis.url);
    await before.set('key', 'value');
    before.disconnect();
    await redis.stop();
    await expect(open(redis.url).connect()).rejects.toThrow();
    await redis.start();
    const after = open(redis.url);
    expect(await after.get('key')).toBeNull();
    after.disconnect();
  });

  it('holds its users to an ACL file', async () => {
    await using redis = await startRedis({ acl: ['user default off', 'user writer on >secret ~a* +xadd'] });
    const writer = open(redis.urlFor('writer', 'secret'));
    await expect(writer.xadd('a', '*', 'f', 'v')).resolves.toMatch(/-/);
    await expect(writer.xlen('a')).rejects.toThrow(/NOPERM/);
    writer.disconnect();
  });

  it('answers nothing while paused', async () => {
    await using redis = await startRedis();
    const client = new Redis(redis.socket);
    await client.ping();
    redis.pause();
    const late = client.ping();
    const first = await Promise.race([late, new Promise((resolve) => setTimeout(resolve, 100, 'silence'))]);
    expect(first).toBe('silence');
    redis.resume();
    expect(await late).toBe('PONG');
    client.disconnect();
  });
});

describe('whatever Redis there is', needs('redis'), () => {
  it('takes a key of a test', async () => {
    await using redis = await useRedis();
    const client = open(redis.url);
    const key = `dvr-test:${randomUUID()}`;
    await client.set(key, 'value', 'PX', 10_000);
    expect(await client.get(key)).toBe('value');
    client.disconnect();
  });
});

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { ledgerKeys } from '../../../ledger/names.ts';
import { publishCommit } from '../../../ledger/redis/publish-commit.ts';
import { parseLedgerUrl, type RedisEndpoint } from '../../../program/endpoint.ts';
import { needs } from '../../parts/needs.ts';
import { startRedis } from '../../parts/redis.ts';

const tunnel = { namespace: 'payment-services', tunnel: 'dvr' };
const key = ledgerKeys.commits(tunnel);

function address(url: string): RedisEndpoint {
  const parsed = parseLedgerUrl(url, '--ledger');
  if (parsed.kind !== 'redis') throw new Error('no Redis');
  return parsed;
}

describe('asking for a commit by hand', needs('redis-server'), () => {
  test('asks for nothing where a right is missing, and names the user and the key', async () => {
    await using redis = await startRedis({
      acl: ['user default on nopass ~* +@all', 'user half on >s3cret ~{payment-services/* -@all +ping +xadd'],
    });
    const asked = publishCommit(address(redis.urlFor('half', 's3cret')), tunnel, Buffer.from('sealed'));
    await expect(asked).rejects.toMatchObject({
      code: 'not-allowed',
      hint: expect.stringMatching(/user half .*\{payment-services\/dvr\}:commits/),
    });
    const admin = new Redis(redis.socket);
    expect(await admin.exists(key)).toBe(0);
    admin.disconnect();
  });

  test.each(['interceptor', 'committer'])(
    'needs no right but those that the docs list for %s',
    async (user) => {
      const docs = readFileSync(join(import.meta.dirname, '../../../docs/operations.md'), 'utf8');
      const acl = docs.split('\n').filter((line) => line.startsWith('user '));
      await using redis = await startRedis({ acl: acl.map((line) => line.replace('PASSWORD', 's3cret')) });
      await publishCommit(address(redis.urlFor(user, 's3cret')), tunnel, Buffer.from('sealed'));
      const reader = new Redis(redis.urlFor('committer', 's3cret'), { enableReadyCheck: false });
      expect(await reader.xlen(key)).toBe(1);
      reader.disconnect();
    },
  );

  test.each([
    ['a wrong password', 'half', 'wrong'],
    ['no password', undefined, undefined],
  ])('points to user and password where it comes with %s', async (_, user, password) => {
    await using redis = await startRedis({
      acl: ['user default off', 'user half on >s3cret ~* +@all'],
    });
    const url = user === undefined ? redis.url : redis.urlFor(user, password ?? '');
    await expect(publishCommit(address(url), tunnel, Buffer.from('sealed'))).rejects.toMatchObject({
      code: 'not-allowed',
      hint: 'Check user and password in --ledger.',
    });
  });
});

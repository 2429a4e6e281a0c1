import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { RedisAppender } from '../../../ledger/redis/redis-appender.ts';
import { parseLedgerUrl } from '../../../program/endpoint.ts';
import { BatchSealer, generateKeyPair, parseSealingKey, type SealedBatch } from '../../../sealing/index.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const sealer = new BatchSealer('stream', parseSealingKey(generateKeyPair().publicPem, 'test'));
const sealed = (bytes: number): SealedBatch => sealer.seal([Buffer.alloc(bytes)]);
const heldBytes = ({ parts }: SealedBatch): number => parts.reduce((sum, { length }) => sum + length, 0);

/** An appender, and a server in the place of its Redis that has let it in. */
async function world(pendingLimit?: number): Promise<{ appender: RedisAppender; server: Socket }> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  const redis = parseLedgerUrl(`redis://127.0.0.1:${address.port}`, '--ledger');
  if (redis.kind !== 'redis') throw new Error('no Redis');
  const owner = { namespace: 'shop', tunnel: 'dvr', pod: 'shop-1' };
  const limits = {
    budgetBytes: 1e9,
    retentionMs: 400_000,
    ...(pendingLimit === undefined ? {} : { pendingLimit }),
  };
  const appender = new RedisAppender({ address: redis, owner, ...limits });
  const [server]: Socket[] = await once(listener, 'connection');
  if (server === undefined) throw new Error('nobody connected');
  closing.push(
    () => void appender.close(),
    () => server.destroy(),
    () => listener.close(),
  );
  await once(server, 'data');
  server.write('+PONG\r\n');
  await expect.poll(() => appender.counters.reachable).toBe(true);
  // The answers to the registration of the pod and to its expiry.
  server.write('$3\r\n1-0\r\n:1\r\n');
  return { appender, server };
}

test('the memory of a batch is given back once Redis has it', async () => {
  const { appender, server } = await world();
  server.resume();
  const batch = sealed(100_000);
  appender.append(batch);
  expect(heldBytes(batch)).toBeGreaterThan(100_000);
  server.write('$3\r\n2-0\r\n:1\r\n');
  await expect.poll(() => appender.counters.appendedBatches).toBe(1);
  expect(heldBytes(batch)).toBeLessThan(1000);
});

test('what was not written yet is kept, whatever the server answers', async () => {
  const { appender, server } = await world(64 * 1024 * 1024);
  server.pause();
  const batch = sealed(32 * 1024 * 1024);
  appender.append(batch);
  server.write('$3\r\n2-0\r\n:1\r\n');
  await expect.poll(() => appender.counters.appendedBatches).toBe(1);
  expect(heldBytes(batch)).toBeGreaterThan(32 * 1024 * 1024);
});

test('the memory of a batch for which there is no room is given back at once', async () => {
  const { appender } = await world(1000);
  const batch = sealed(100_000);
  appender.append(batch);
  expect(appender.counters.droppedBatches).toBe(1);
  expect(heldBytes(batch)).toBeLessThan(1000);
});

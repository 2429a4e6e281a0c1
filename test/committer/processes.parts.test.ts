import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { RedisAppender } from '../../ledger/redis/redis-appender.ts';
import { parseLedgerUrl, parseVaultUrl } from '../../program/endpoint.ts';
import { fetchTape } from '../../replay-cli/fetch/fetch-tape.ts';
import { createKeyFiles, readSealingKey } from '../../sealing/index.ts';
import { parseTapeId, type TapeId } from '../../tape/tape-id.ts';
import { openTapeFolder } from '../../vault/filesystem/tape-folder.ts';
import { S3VaultReader } from '../../vault/s3/vault-reader.ts';
import { needs } from '../parts/needs.ts';
import { startRedis } from '../parts/redis.ts';
import { startS3 } from '../parts/s3.ts';
import { Gate } from './gate.ts';
import { Program } from './program.ts';
import { Recording } from './recording.ts';
import { tunnelYaml } from './world.ts';

const never = new AbortController().signal;
afterEach(() => vi.unstubAllEnvs());

/** A Redis, an S3, keys and a tunnel, and the programs that use them. */
async function startWorld() {
  await using started = new AsyncDisposableStack();
  const redis = started.use(await startRedis());
  const s3 = started.use(await startS3());
  const folder = await mkdtemp(join(tmpdir(), 'dvr-processes-'));
  started.defer(() => rm(folder, { recursive: true }));
  const { publicFile, privateFile } = await createKeyFiles(folder);
  const config = join(folder, 'tunnel.yaml');
  await writeFile(config, tunnelYaml('', '300ms', '1s'));
  for (const [name, value] of Object.entries(s3.environment)) vi.stubEnv(name, value);
  const address = parseLedgerUrl(redis.url, 'test');
  const vault = parseVaultUrl(s3.url, 'test');
  if (address.kind !== 'redis' || vault.kind !== 's3') throw new Error('not a Redis and an S3');
  const client = new S3Client(s3.client);
  started.defer(() => client.destroy());
  const admin = new Redis(redis.socket, { lazyConnect: true });
  admin.on('error', () => undefined);
  started.defer(() => admin.disconnect());
  const owner = { namespace: 'shop', tunnel: 'qa', pod: 'shop-1' };
  const settings = { address, owner, budgetBytes: 1e8, retentionMs: 600_000 };
  const all = started.move();
  return {
    ...{ redis, s3, admin, config, folder, publicFile },
    use: <T extends AsyncDisposable>(resource: T): T => all.use(resource),
    committer(port = Number(new URL(s3.endpoint).port), privateKey = privateFile): Program {
      const url = s3.url.replace(/127\.0\.0\.1:\d+/, `127.0.0.1:${port}`);
      const args = ['--config', config, '--ledger', redis.url, '--vault', url, '--private-key', privateKey];
      return all.use(new Program('dvr-committer', args, s3.environment));
    },
    async recording(publicKey = publicFile): Promise<Recording> {
      const appender = new RedisAppender(settings);
      all.defer(() => appender.close());
      return new Recording(owner, appender, await readSealingKey(publicKey));
    },
    async keys(): Promise<string[]> {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: s3.bucket }));
      return Contents.map(({ Key = '' }) => Key);
    },
    /** Every tape of the vault, each of its parts held to its digest. */
    async tapes() {
      const ids = (await this.keys()).flatMap((key) =>
        key.endsWith('/manifest.json') ? [key.split('/')[1]!] : [],
      );
      const reader = new S3VaultReader(vault);
      try {
        return await Promise.all(
          ids.map((id) => readWhole(reader, parseTapeId(id)!, join(folder, 'fetched'))),
        );
      } finally {
        await reader.close();
      }
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

async function readWhole(vault: S3VaultReader, id: TapeId, tapes: string) {
  const { folder, manifest } = await fetchTape({
    vault,
    id,
    tapes,
    signal: never,
    onProgress: () => undefined,
  });
  await using tape = await openTapeFolder(folder);
  const exchanges = [];
  for await (const exchange of tape.exchanges()) exchanges.push(exchange);
  const text = await readFile(join(folder, 'manifest.json'), 'utf8');
  await rm(folder, { recursive: true });
  return { manifest, exchanges, text };
}

/** Some traffic, and a failure that asks for a commit. */
function fail(recording: Recording, path = '/bad'): void {
  for (let i = 0; i < 50; i++) {
    recording.exchange({ request: `GET /${i} HTTP/1.1`, responseBody: 'x'.repeat(1000) });
  }
  recording.trigger(recording.exchange({ request: `POST ${path} HTTP/1.1`, status: 500 }));
}

describe('committers in processes of their own', needs('redis-server', 's3-server'), () => {
  test('one killed in mid-upload leaves its tape to another, which makes it whole', {
    timeout: 60_000,
  }, async () => {
    await using world = await startWorld();
    const gate = world.use(await Gate.before(Number(new URL(world.s3.endpoint).port), 'exchanges.idx'));
    const first = world.committer(gate.port);
    fail(await world.recording());
    await gate.reached;
    await first.end('SIGKILL');
    const second = world.committer();
    await second.says(/committed tape-id/);
    const [tape, ...others] = await world.tapes();
    expect(others).toEqual([]);
    expect(tape!.exchanges).toHaveLength(51);
    expect(tape!.manifest.triggers).toMatchObject([{ exchange: 51 }]);
    expect(await world.admin.keys('*hold*')).toEqual([]);
    expect(await world.admin.xlen('{shop/qa}:commits')).toBe(0);
    expect(await second.end()).toBe(0);
  });

  test.each([
    ['in mid-upload', 'exchanges.idx'],
    ['before its manifest', 'manifest.json'],
  ])('one told to end %s gives its tape to another at once', { timeout: 60_000 }, async (_, at) => {
    await using world = await startWorld();
    const gate = world.use(await Gate.before(Number(new URL(world.s3.endpoint).port), at));
    const first = world.committer(gate.port);
    fail(await world.recording());
    await gate.reached;
    expect(await first.end()).toBe(0);
    expect(await world.admin.keys('*lease')).toEqual([]);
    await world.committer().says(/committed tape-id/);
    expect(await world.tapes()).toHaveLength(1);
  });

  test.each([
    ['in mid-upload', 'bodies.zst'],
    ['before its manifest', 'manifest.json'],
  ])(
    'one paused %s and continued after another has finished spoils nothing',
    { timeout: 90_000 },
    async (_, at) => {
      await using world = await startWorld();
      const gate = world.use(await Gate.before(Number(new URL(world.s3.endpoint).port), at));
      const paused = world.committer(gate.port);
      const recording = await world.recording();
      fail(recording);
      await gate.reached;
      paused.signal('SIGSTOP');
      const second = world.committer();
      await second.says(/committed tape-id/);
      const [before] = await world.tapes();
      expect(before!.exchanges).toHaveLength(51);
      gate.open();
      paused.signal('SIGCONT');
      await paused.says(/another committer has taken this commit over/);
      const after = await world.tapes();
      expect(after).toHaveLength(1);
      expect(after[0]!.text).toBe(before!.text);
      expect(after[0]!.exchanges).toEqual(before!.exchanges);
      await second.end();
      fail(recording, '/again');
      await paused.says(/committed tape-id/);
      expect(await world.tapes()).toHaveLength(2);
    },
  );

  test('of two keys make the tapes of their own requests, and none waits for the other', {
    timeout: 60_000,
  }, async () => {
    await using world = await startWorld();
    const other = await createKeyFiles(join(world.folder, 'other'));
    fail(await world.recording(other.publicFile), '/theirs');
    await vi.waitFor(async () => expect(await world.admin.xlen('{shop/qa}:commits')).toBe(1));
    await world.admin.xadd('{shop/qa}:commits', '*', 'r', 'noise');
    fail(await world.recording(), '/ours');
    const committer = world.committer();
    await committer.says(/committed tape-id/);
    expect(committer.log).toMatch(/sealed for another key/);
    expect(committer.log).toMatch(/cannot be read was acknowledged/);
    expect(await world.admin.xlen('{shop/qa}:commits')).toBe(1);
    await world.committer(undefined, other.privateFile).says(/committed tape-id/);
    expect(await world.admin.xlen('{shop/qa}:commits')).toBe(0);
    const targets = (await world.tapes()).map(({ exchanges }) => exchanges.at(-1)!.request.head.target);
    expect(targets.sort()).toEqual(['/ours', '/theirs']);
  });

  test('a vault that goes and comes costs no tape', { timeout: 90_000 }, async () => {
    await using world = await startWorld();
    await world.s3.stop();
    const committer = world.committer();
    fail(await world.recording());
    await committer.says(/the vault took no tape; trying again/);
    await world.s3.start();
    await committer.says(/committed tape-id/, 60_000);
    const [tape] = await world.tapes();
    expect(tape!.exchanges).toHaveLength(51);
    expect(tape!.manifest.gaps).toEqual([]);
  });

  test('a Redis that goes and comes costs what it forgot and no more', { timeout: 90_000 }, async () => {
    await using world = await startWorld();
    const committer = world.committer();
    const recording = await world.recording();
    fail(recording, '/first');
    await committer.says(/committed tape-id/);
    await world.redis.stop();
    await committer.says(/the ledger cannot be read; trying again/);
    fail(recording, '/second');
    await world.redis.start();
    await committer.says(/committed tape-id[\s\S]*committed tape-id/, 60_000);
    const targets = (await world.tapes()).map(({ exchanges }) => exchanges.at(-1)!.request.head.target);
    expect(targets.sort()).toEqual(['/first', '/second']);
  });

  test('the way from a client through interceptor, Redis and committer to S3', {
    timeout: 60_000,
  }, async () => {
    await using world = await startWorld();
    const service = createServer((request, response) => {
      request.resume();
      response.statusCode = request.url === '/pay' ? 500 : 200;
      response.end(JSON.stringify({ card: '4111111111111111' }));
    });
    await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
    const target = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
    const { config, publicFile, redis } = world;
    const files = ['--config', config, '--public-key', publicFile, '--ledger', redis.url];
    const interceptor = world.use(
      new Program('dvr-interceptor', [...files, '--listen', '127.0.0.1:0', '--target', target]),
    );
    await interceptor.says(/relaying port \d+/);
    const port = /relaying port (\d+)/.exec(interceptor.log)![1];
    const committer = world.committer();
    const headers = { authorization: 'Bearer canary-0123456789abcdef' };
    for (const path of ['/cart', '/pay'])
      await (await fetch(`http://127.0.0.1:${port}${path}`, { headers })).text();
    await committer.says(/committed tape-id-\w+-crash/);
    await using manual = new Program('dvr-cli', ['commit', ...files]);
    await manual.says(/A commit was requested/);
    await committer.says(/committed tape-id-\w+-manual/);
    const tapes = await world.tapes();
    expect(tapes).toHaveLength(2);
    for (const { exchanges } of tapes) {
      expect(exchanges.map((exchange) => exchange.request.head.target)).toEqual(['/cart', '/pay']);
    }
    const crash = tapes.find(({ manifest }) => manifest.id.endsWith('-crash'));
    expect(crash!.manifest.triggers).toMatchObject([{ trigger: 'on_status', exchange: 2 }]);
    expect(JSON.stringify(tapes) + committer.log + interceptor.log).not.toMatch(/canary|4111111111111111/);
    service.close();
    expect(await interceptor.end()).toBe(0);
    expect(await committer.end()).toBe(0);
  });
});

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Manifest } from '../../tape/manifest.ts';
import { openTapeFolder } from '../../vault/filesystem/tape-folder.ts';
import { needs } from '../parts/needs.ts';
import { type RedisServer, startRedis } from '../parts/redis.ts';
import { bodyOf, clients, Load, messageBytes, startEcho } from './load.ts';
import { run, start } from './running.ts';

const tunnel = `apiVersion: networking.replay.io/v1alpha1
kind: StatefulTunnel
metadata: { name: echo, namespace: tests }
spec:
  triggers: [{ on_status: [5xx], action: commit_tape }]
  commit: { tail: 300ms, in_flight: 1s }
`;
const mostRequests = 20_000;
const testDeadlineMs = 120_000;

let folder: string;
let environment: NodeJS.ProcessEnv;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dvr-outage-'));
  environment = { XDG_DATA_HOME: join(folder, 'data'), XDG_CONFIG_HOME: join(folder, 'config') };
  await writeFile(join(folder, 'tunnel.yaml'), tunnel);
  await run(environment, 'dvr-cli', 'keys', 'create', '--out', folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Outage {
  readonly name: string;
  readonly begin: (redis: RedisServer) => Promise<void> | void;
  readonly end: (redis: RedisServer) => Promise<void> | void;
  /** Whether Redis comes back without what it held. */
  readonly forgets: boolean;
}

const outages: readonly Outage[] = [
  {
    name: 'is stopped and started',
    begin: (redis) => redis.stop(),
    end: (redis) => redis.start(),
    forgets: true,
  },
  {
    name: 'is killed and started',
    begin: (redis) => redis.kill(),
    end: (redis) => redis.start(),
    forgets: true,
  },
  {
    name: 'falls silent and goes on',
    begin: (redis) => redis.pause(),
    end: (redis) => redis.resume(),
    forgets: false,
  },
];

describe('a Redis that goes away under load', needs('redis-server'), () => {
  it.each(outages)(
    'and $name: clients see every byte, losses are counted, and the next tape tells them',
    async ({ begin, end, forgets }) => {
      await using redis = await startRedis();
      await using echo = await startEcho();
      const config = ['--config', join(folder, 'tunnel.yaml'), '--ledger', redis.url];
      await using interceptor = start(
        environment,
        'dvr-interceptor',
        ...[...config, '--public-key', join(folder, 'committer.pub'), '--admin', '0'],
        ...['--listen', '127.0.0.1:0', '--target', `http://127.0.0.1:${echo.port}`],
      );
      const [, port] = await interceptor.printed('stderr', /relaying port (\d+)/);
      const [, admin] = await interceptor.printed('stderr', /admin\W+(\d+)/);
      const address = `http://127.0.0.1:${port}`;
      const until = (what: () => Promise<void>) => vi.waitFor(what, { timeout: 30_000, interval: 50 });
      const metric = (metricName: string) => readMetric(admin ?? '', metricName);

      await using load = new Load(address, mostRequests);
      await until(async () => expect(await metric('ledger_batches_total')).toBeGreaterThan(20));
      await begin(redis);
      await until(async () => expect(await metric('ledger_batches_dropped_total')).toBeGreaterThan(0));
      const answeredWithout = load.answered;
      await until(async () => expect(load.answered).toBeGreaterThan(answeredWithout + 100));
      await end(redis);
      const taken = await metric('ledger_batches_total');
      await until(async () => expect(await metric('ledger_batches_total')).toBeGreaterThan(taken + 20));
      await load.stop();
      expect(load.wrong).toEqual([]);
      expect(load.answered).toBeLessThan(mostRequests);

      const { manifest, checked } = await commitAndRead(address, config);
      const lost = manifest.gaps.filter(({ cause }) => /^ledger_/.test(cause));
      const told = lost.reduce((sum, { count, unit }) => sum + (unit === 'bytes' ? count : 0), 0);
      const dropped = await metric('gap_bytes_total{cause="ledger"}');
      // Beside what was dropped, what came behind it and cannot be read without: a message each way of each client.
      expect(told).toBeGreaterThanOrEqual(dropped);
      expect(told).toBeLessThan(dropped + clients * 2 * messageBytes);
      expect(manifest.gaps.some(({ cause }) => cause === 'evicted')).toBe(forgets);
      expect(checked).toBeGreaterThan(0);
    },
    testDeadlineMs,
  );
});

async function readMetric(admin: string, name: string): Promise<number> {
  const exposed = await (await fetch(`http://127.0.0.1:${admin}/metrics`)).text();
  const [, value] =
    exposed
      .split('\n')
      .map((line) => line.split(' '))
      .find(([key]) => key?.endsWith(name)) ?? [];
  if (value === undefined) throw new Error(`${name} is not in:\n${exposed}`);
  return Number(value);
}

/** Makes a failure and its tape; holds every body on it, that is said to be whole, to what was sent. */
async function commitAndRead(
  address: string,
  config: readonly string[],
): Promise<{ readonly manifest: Manifest; readonly checked: number }> {
  const vault = pathToFileURL(join(folder, 'vault')).href;
  await using committer = start(
    environment,
    'dvr-committer',
    ...[...config, '--vault', vault, '--private-key', join(folder, 'committer.key')],
  );
  await fetch(`${address}/fail`, { method: 'POST', body: 'now' });
  const [id] = await committer.printed('stderr', /tape-id-[0-9A-Z]+-crash/);
  const fetched = await run(environment, 'dvr-cli', 'fetch', id, '--vault', vault);
  expect(fetched.code, fetched.stderr).toBe(0);
  await using tape = await openTapeFolder(join(folder, 'data', 'dvr', 'tapes', id));
  let checked = 0;
  for (let number = 1; number <= tape.size; number++) {
    const { exchange, responseBody } = await tape.withBodies(number);
    const { response, request } = exchange;
    const sent = Number(request.head.target.slice(1));
    if (response === undefined || response.body.lost !== undefined || Number.isNaN(sent)) continue;
    expect(Buffer.compare(responseBody, bodyOf(sent)), request.head.target).toBe(0);
    checked++;
  }
  return { manifest: tape.manifest, checked };
}

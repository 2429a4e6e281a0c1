import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { needs } from '../parts/needs.ts';
import { type RedisServer, startRedis } from '../parts/redis.ts';
import { startThreeServices, type ThreeServices, textField } from './fixtures/three-services.ts';
import { run, start } from './running.ts';

const tunnel = `apiVersion: networking.replay.io/v1alpha1
kind: StatefulTunnel
metadata:
  name: edge
  namespace: shop
spec:
  capture:
    session_key:
      header: X-Session-Id
  triggers:
    - on_status: [500]
  commit:
    scope: session
    tail: 1s
    in_flight: 1s
`;

const gatewayOf = ({ shop, chat, prices }: ThreeServices): string => `tunnel: tunnel.yaml
services:
  - name: shop
    target: http://127.0.0.1:${shop}
    routes:
      - path: /
  - name: chat
    target: http://127.0.0.1:${chat}
    routes:
      - path: /chat
  - name: prices
    target: http://127.0.0.1:${prices}
    protocols: [h2]
    routes:
      - host: prices.test
`;

describe('a gateway in front of three services', needs('redis-server'), () => {
  let folder: string;
  let redis: RedisServer;
  let services: ThreeServices;
  let environment: NodeJS.ProcessEnv;
  let tape: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'dvr-gateway-'));
    [redis, services] = await Promise.all([startRedis(), startThreeServices()]);
    environment = {
      XDG_DATA_HOME: join(folder, 'data'),
      XDG_CONFIG_HOME: join(folder, 'config'),
      XDG_STATE_HOME: join(folder, 'state'),
    };
    tape = await recordFailure();
    const fetched = await run(environment, 'dvr-cli', 'fetch', tape, '--vault', `file://${folder}/vault`);
    expect(fetched.code, fetched.stderr).toBe(0);
  }, 60_000);

  afterAll(async () => {
    await services?.[Symbol.asyncDispose]();
    await redis?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  /** One session talks to all three, another to the shop alone; the shop fails the first. Gives the tape's id. */
  async function recordFailure(): Promise<string> {
    const keys = join(folder, 'keys');
    expect((await run(environment, 'dvr-cli', 'keys', 'create', '--out', keys)).code).toBe(0);
    await writeFile(join(folder, 'tunnel.yaml'), tunnel);
    await writeFile(join(folder, 'gateway.yaml'), gatewayOf(services));
    await using committer = start(
      environment,
      'dvr-committer',
      ...['--config', join(folder, 'tunnel.yaml'), '--ledger', redis.url],
      ...['--vault', `file://${folder}/vault`, '--private-key', join(keys, 'committer.key')],
    );
    await using gateway = start(
      environment,
      'dvr-interceptor',
      ...['gateway', '--config', join(folder, 'gateway.yaml'), '--ledger', redis.url],
      ...['--listen', '127.0.0.1:0', '--public-key', join(keys, 'committer.pub')],
    );
    const [, told = ''] = await gateway.printed('stderr', /relaying port (\d+) to shop, chat, prices/);
    const port = Number(told);
    const ask = (path: string, session: string): Promise<Response> =>
      fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers: { 'x-session-id': session } });
    expect((await ask('/cart', 'session-1')).status).toBe(200);
    expect((await ask('/cart', 'session-2')).status).toBe(200);
    expect(await chatting(port, 'session-1')).toBe('heard hello');
    expect(await priced(port, 'session-1')).toEqual(textField('12 EUR'));
    expect((await ask('/checkout', 'session-1')).status).toBe(500);
    const [id] = await committer.printed('stderr', /tape-id-[0-9A-Z]+-crash/);
    return id;
  }

  async function chatting(port: number, session: string): Promise<string> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/chat`, { headers: { 'x-session-id': session } });
    await once(socket, 'open');
    socket.send('hello');
    const [heard] = await once(socket, 'message');
    socket.close();
    await once(socket, 'close');
    return String(heard);
  }

  async function priced(port: number, session: string): Promise<Buffer> {
    const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
      'grpc.default_authority': 'prices.test',
    });
    const metadata = new Metadata();
    metadata.set('x-session-id', session);
    const asIs = (bytes: Buffer): Buffer => bytes;
    try {
      return await new Promise((resolve, reject) =>
        client.makeUnaryRequest(
          '/prices.v1.Prices/Get',
          asIs,
          asIs,
          textField('A1'),
          metadata,
          (error, price) => (error ? reject(error) : resolve(price ?? Buffer.alloc(0))),
        ),
      );
    } finally {
      client.close();
    }
  }

  const shown = async (...flags: string[]): Promise<string> => {
    const { stdout, stderr, code } = await run(environment, 'dvr-cli', 'show', tape, ...flags);
    expect(code, stderr).toBe(0);
    return stdout;
  };

  it('commits one tape of the session with the traffic of all three, the failing one first', async () => {
    const lines = (await shown('--timeline', '--json'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(
      lines.map(({ id, service, method, target, status }) => [id, service, method, target, status]),
    ).toEqual([
      [1, 'shop', 'POST', '/cart', 200],
      [2, 'shop', 'POST', '/checkout', 500],
      [3, 'chat', 'GET', '/chat', 101],
      [4, 'prices', 'POST', '/prices.v1.Prices/Get', 200],
    ]);
    const manifest = JSON.parse(await shown('--json'));
    expect(manifest).toMatchObject({ primary: 'shop', payloads: 2, scope: 'session' });
    expect(manifest.services.map(({ name }: { name: string }) => name).sort()).toEqual([
      'chat',
      'prices',
      'shop',
    ]);
    expect(manifest.triggers).toMatchObject([{ trigger: 'on_status', exchange: 2 }]);
  });

  it('shows which service each exchange is of, and what was said', async () => {
    expect(await shown()).toContain('2 of shop, 1 of chat, 1 of prices, on 3 connections');
    const timeline = await shown('--timeline');
    expect(timeline).toMatch(/!2 shop POST \/checkout/);
    expect(timeline).toMatch(/ 3 chat GET \/chat/);
    expect(await shown('--payload', '3')).toContain('heard hello');
    expect(await shown('--payload', '4')).toContain('"12 EUR"');
  });

  it('replays to all three, or to those that are named', async () => {
    const replay = (...targets: string[]) =>
      run(environment, 'dvr-cli', 'replay', 'start', '--tape', tape, '--json', ...targets);
    const { shop, chat, prices } = services;
    const own = ['--target', `http://127.0.0.1:${shop}`];
    const all = await replay(
      ...own,
      ...['--target', `chat=http://127.0.0.1:${chat}`],
      ...['--target', `prices=http://127.0.0.1:${prices}`],
    );
    expect(all.code, all.stderr).toBe(0);
    expect(JSON.parse(all.stdout)).toMatchObject({
      verdict: 'reproduced',
      payloads: 4,
      sent: 4,
      left_out: [],
    });
    const one = JSON.parse((await replay(...own)).stdout);
    expect(one).toMatchObject({ verdict: 'reproduced', payloads: 2, sent: 2 });
    expect(one.left_out.join()).toContain('1 payload of chat, which has no --target');
  });

  it('has nothing of other sessions', async () => {
    const exchanges = await readFile(join(folder, 'data', 'dvr', 'tapes', tape, 'manifest.json'), 'utf8');
    expect(JSON.parse(exchanges).gaps).toMatchObject([
      { cause: 'session_scope', count: 1, unit: 'exchanges' },
    ]);
  });
});

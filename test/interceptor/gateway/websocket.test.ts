import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { connect, deadPort, type Peer, type Service, service } from '../parts/sockets.ts';
import { gatewayTo } from './world.ts';

const cleanups: (() => unknown)[] = [];
let chat: Service;
let port: number;
beforeEach(async () => {
  chat = await started(service());
  port = (await started(gatewayTo({ chat: { port: chat.port, routes: [{ path: '/chat' }] } }))).port;
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function started<T extends AsyncDisposable>(starting: Promise<T>): Promise<T> {
  const one = await starting;
  cleanups.push(() => one[Symbol.asyncDispose]());
  return one;
}

const upgrade =
  'GET //chat?a=//b HTTP/1.1\r\nHost: a\r\nX-Twice: 1\r\nX-Twice: 2\r\nconnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n';
const path = upgrade.replace('//chat', '/chat');

async function asked(text = path): Promise<{ client: Peer; server: Peer }> {
  const client = connect(port);
  client.socket.write(text);
  const server = await chat.accepted();
  await server.until((p) => p.text.includes('\r\n\r\n'));
  return { client, server };
}

const switched =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nconnection: Upgrade\r\nX-A: 1\r\nX-A: 2\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n';

async function open(): Promise<{ client: Peer; server: Peer }> {
  const both = await asked();
  both.server.socket.write(switched);
  await both.client.until((p) => p.text.includes('\r\n\r\n'));
  return both;
}

describe('a request for a WebSocket', () => {
  test('and its answer have the fields whose names every object has, and the answer no word of the gateway', async () => {
    const names = Object.getOwnPropertyNames(Object.prototype);
    const lines = names.map((name) => `${name}: of ${name}\r\n`).join('');
    const { client, server } = await asked(path.replace('Host: a\r\n', `Host: a\r\n${lines}`));
    expect(server.text).toContain(`Host: a\r\n${lines}`);
    const forged = 'Proxy-Status: dvr-gateway; error=connection_refused\r\n';
    server.socket.write(switched.replace('X-A: 1\r\n', `${forged}${lines}X-A: 1\r\n`));
    await client.until((p) => p.text.includes('\r\n\r\n'));
    expect(client.text).toContain(lines);
    expect(client.text).not.toContain('dvr-gateway');
  });

  test('reaches its service with target and fields as they came, and its answer the client', async () => {
    const { client, server } = await asked(path);
    expect(server.text.split('\r\n').slice(0, -2)).toEqual([
      'GET /chat?a=//b HTTP/1.1',
      'Host: a',
      'X-Twice: 1',
      'X-Twice: 2',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
      'Sec-WebSocket-Version: 13',
      'Via: 1.1 dvr-gateway',
      'X-Forwarded-For: 127.0.0.1',
      'X-Forwarded-Host: a',
      'X-Forwarded-Proto: http',
      'Connection: Upgrade',
      'Upgrade: websocket',
    ]);
    server.socket.write(switched);
    await client.until((p) => p.text.length >= switched.length);
    expect(client.text).toBe(switched);
  });

  test('that is declined with a chunked body is answered with that body, readable', async () => {
    const { client, server } = await asked();
    server.socket.write(
      'HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\nX-A: 1\r\nX-A: 2\r\n\r\n2\r\nno\r\n0\r\n\r\n',
    );
    await client.until((p) => p.end === 'fin');
    expect(client.text).toBe('HTTP/1.1 403 Forbidden\r\nX-A: 1\r\nX-A: 2\r\nConnection: close\r\n\r\nno');
  });

  test('whose client goes before there is an answer is given up at the service', async () => {
    const { client, server } = await asked();
    client.socket.destroy();
    await server.until((p) => p.end !== 'open');
  });

  test('to a service that is down, hangs up, or to nobody, is answered by the gateway', async () => {
    const down = await started(gatewayTo({ chat: { port: await deadPort(), routes: [{ host: 'a' }] } }));
    const answered = async (to: number, text: string): Promise<string> => {
      const client = connect(to);
      client.socket.write(text);
      await client.until((p) => p.end !== 'open');
      return client.text;
    };
    expect(await answered(down.port, path)).toMatch(
      /^HTTP\/1\.1 502 Bad Gateway\r\n.*connection_refused.*\n$/s,
    );
    expect(await answered(down.port, path.replace('Host: a', 'Host: b'))).toMatch(/^HTTP\/1\.1 421 /);
    void chat.accepted().then((server) => server.socket.end());
    expect(await answered(port, path)).toMatch(/^HTTP\/1\.1 502 .*connection_terminated; details="closed"/s);
  });

  test('and one for another protocol differ: the latter goes on without being asked for', async () => {
    const { server } = await asked(
      'GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
    );
    expect(server.text).not.toMatch(/h2c|upgrade/i);
  });
});

describe('a WebSocket', () => {
  test('ends at both ends, in the way that it ended at one', async () => {
    for (const who of ['client', 'server'] as const) {
      for (const how of ['end', 'resetAndDestroy'] as const) {
        const both = await open();
        const other = both[who === 'client' ? 'server' : 'client'];
        both[who].socket[how]();
        await other.until((p) => p.end !== 'open');
        expect([who, how, other.end]).toEqual([who, how, how === 'end' ? 'fin' : 'reset']);
        both.client.socket.destroy();
        both.server.socket.destroy();
      }
    }
  });

  test('of a real client and server carries text, large frames and the close code', async () => {
    const server = http.createServer();
    const sockets = new WebSocketServer({ server });
    sockets.on('connection', (socket) =>
      socket.on('message', (data, binary) => socket.send(data, { binary })),
    );
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanups.push(
      () => server.close(),
      () => sockets.close(),
    );
    const behind = { port: (server.address() as AddressInfo).port, routes: [{ path: '/' }] };
    const gateway = await started(gatewayTo({ echo: behind }));
    const client = new WebSocket(`ws://127.0.0.1:${gateway.port}/`);
    await once(client, 'open');
    const large = Buffer.alloc(3 << 20, 'abc');
    for (const sent of [Buffer.from('hello'), large]) {
      client.send(sent);
      const [echoed] = (await once(client, 'message')) as [Buffer];
      expect(echoed.equals(sent)).toBe(true);
    }
    client.close(4001, 'enough');
    const [code, reason] = (await once(client, 'close')) as [number, Buffer];
    expect([code, reason.toString()]).toEqual([4001, 'enough']);
  });
});

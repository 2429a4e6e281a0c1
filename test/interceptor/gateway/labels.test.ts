import { afterEach, describe, expect, test } from 'vitest';
import { WindowDecoder } from '../../../committer/decode/window-decoder.ts';
import { Gateway } from '../../../interceptor/gateway/gateway.ts';
import { gatewayService } from '../../../interceptor/gateway/names.ts';
import { Routes } from '../../../interceptor/gateway/routes.ts';
import { routingBy } from '../../../interceptor/gateway/routing.ts';
import { Recorded } from '../parts/recorded.ts';
import { connect, deadPort, type Peer, type Service, service } from '../parts/sockets.ts';
import { type Behind, servicesOf } from './world.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function started<T extends AsyncDisposable>(starting: Promise<T>): Promise<T> {
  const one = await starting;
  cleanups.push(() => one[Symbol.asyncDispose]());
  return one;
}

async function recordedGateway(behind: Readonly<Record<string, Behind>>): Promise<Recorded> {
  const services = servicesOf(behind);
  const routes = new Routes(services);
  const tellers = {
    trustForwarded: false,
    onReload: () => {},
    onServiceFailure: () => {},
    onGrpcRefused: () => {},
  };
  const gateway = await started(Gateway.start({ routes, services, clientTls: undefined, ...tellers }));
  const ends = { to: gateway.opener, routing: routingBy(routes), service: gatewayService };
  return started(Recorded.start({}, { ends }));
}

const got = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';

/** Answers every request of the next connection. */
async function answering(at: Service): Promise<Peer> {
  const server = await at.accepted();
  let answered = 0;
  const answer = (): void => {
    for (const asked = server.text.split('\r\n\r\n').length - 1; answered < asked; answered++)
      server.socket.write(ok);
  };
  server.socket.on('data', answer);
  answer();
  return server;
}

/** What the ledger holds, decoded: target, service, connection on the tape, status. */
async function exchangesOf(recorded: Recorded, skipBatches = 0) {
  const decoder = new WindowDecoder({ startWallMs: 0, bodyLimit: 1 << 20 });
  for (const batch of (await recorded.batches()).slice(skipBatches)) decoder.push(batch);
  return decoder.end().map(({ exchange }) => ({
    target: exchange.request.head.target,
    service: exchange.service,
    connection: exchange.connection,
    peer: exchange.peers.service,
    status: exchange.response?.head.status,
  }));
}

describe('exchanges through a gateway', () => {
  test('are labelled by their service, on one connection of the client too', async () => {
    const [shop, carts] = [await started(service()), await started(service())];
    const recorded = await recordedGateway({
      shop: { port: shop.port, routes: [{ path: '/' }] },
      carts: { port: carts.port, routes: [{ path: '/carts' }] },
      api: { port: 1, routes: [{ host: 'b', path: '/' }] },
    });
    const client = connect(recorded.port);
    void answering(shop);
    void answering(carts);
    client.socket.write(got('/1') + got('/carts/2') + got('/3').replace('Host: a', 'HOST: A:80'));
    await client.until((p) => p.text.split('200 OK').length === 4);
    client.socket.end();
    await client.until((p) => p.end === 'fin');
    expect(await exchangesOf(recorded)).toEqual([
      { target: '/1', service: 'shop', connection: 1, peer: 'shop', status: 200 },
      { target: '/carts/2', service: 'carts', connection: 2, peer: 'carts', status: 200 },
      { target: '/3', service: 'shop', connection: 1, peer: 'shop', status: 200 },
    ]);
  });

  test('of a connection that began before the window are labelled all the same', async () => {
    const shop = await started(service());
    const recorded = await recordedGateway({ shop: { port: shop.port, routes: [{}] } });
    const client = connect(recorded.port);
    client.socket.write(got('/1'));
    const server = await answering(shop);
    await client.until((p) => p.text.endsWith('ok'));
    await expect.poll(() => recorded.interceptor.state.ledger.appendedBatches).toBe(1);
    client.socket.write(got('/2'));
    await server.until((p) => p.text.includes('/2'));
    await client.until((p) => p.text.split('200 OK').length === 3);
    client.socket.end();
    await client.until((p) => p.end === 'fin');
    expect(await exchangesOf(recorded, 1)).toMatchObject([{ target: '/2', service: 'shop', status: 200 }]);
  });

  test('that name two hosts are recorded as answered by the gateway', async () => {
    const recorded = await recordedGateway({ shop: { port: 1, routes: [{}] } });
    const client = connect(recorded.port);
    client.socket.write(got('/').replace('Host: a', 'Host: a\r\nHost: b'));
    await client.until((p) => p.text.includes('400'));
    client.socket.end();
    await client.until((p) => p.end === 'fin');
    expect(await exchangesOf(recorded)).toMatchObject([{ target: '/', service: 'gateway', status: 400 }]);
  });

  test('that nobody serves are recorded as answered by the gateway', async () => {
    const recorded = await recordedGateway({ shop: { port: 1, routes: [{ host: 'a', path: '/v1' }] } });
    const client = connect(recorded.port);
    client.socket.write(got('/v2') + got('/').replace('Host: a', 'Host: b'));
    await client.until((p) => p.text.includes('421'));
    client.socket.end();
    await client.until((p) => p.end === 'fin');
    expect(await exchangesOf(recorded)).toMatchObject([
      { target: '/v2', service: 'gateway', status: 404 },
      { target: '/', service: 'gateway', status: 421 },
    ]);
    expect(await recorded.requests()).toEqual([]);
  });
});

describe('a service that fails behind a gateway', () => {
  test.each([
    ['is down', undefined, 'refused'],
    ['hangs up', (server: Peer) => void server.socket.end(), 'closed'],
    ['resets', (server: Peer) => void server.socket.resetAndDestroy(), 'reset'],
  ])('as it %s fires on_exception and on_status, of that service', async (_, fail, type) => {
    const shop = await started(service());
    const port = fail === undefined ? await deadPort() : shop.port;
    const recorded = await recordedGateway({ shop: { port, routes: [{}] } });
    const client = connect(recorded.port);
    client.socket.write(got('/pay'));
    if (fail !== undefined) {
      const server = await shop.accepted();
      await server.until((p) => p.length > 0);
      fail(server);
    }
    await client.until((p) => p.text.includes('502 Bad Gateway'));
    const told = (await recorded.requests()).map((request) => [
      request.trigger,
      request.detail,
      request.service,
    ]);
    expect(told).toEqual([
      ['on_exception', type, 'shop'],
      ['on_status', '', 'shop'],
    ]);
  });

  test('in the middle of its response fires as it does without one', async () => {
    const shop = await started(service());
    const recorded = await recordedGateway({ shop: { port: shop.port, routes: [{}] } });
    const client = connect(recorded.port);
    client.socket.write(got('/pay'));
    const server = await shop.accepted();
    await server.until((p) => p.length > 0);
    server.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome');
    await client.until((p) => p.text.endsWith('some'));
    server.socket.resetAndDestroy();
    await client.until((p) => p.end === 'reset');
    expect(await recorded.requests()).toMatchObject([
      { trigger: 'on_exception', detail: 'reset', service: 'shop' },
    ]);
  });
});

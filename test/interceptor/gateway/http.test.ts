import { once } from 'node:events';
import http from 'node:http';
import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mostWaiting } from '../../../interceptor/gateway/line.ts';
import { connect, deadPort, type Peer, type Service, service } from '../parts/sockets.ts';
import { type Behind, gatewayTo } from './world.ts';

const cleanups: (() => unknown)[] = [];
let shop: Service;
beforeEach(async () => {
  shop = await started(service());
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function started<T extends AsyncDisposable>(starting: Promise<T>): Promise<T> {
  const one = await starting;
  cleanups.push(() => one[Symbol.asyncDispose]());
  return one;
}

async function gateway(more: Readonly<Record<string, Behind>> = {}) {
  return started(gatewayTo({ shop: { port: shop.port, routes: [{ path: '/' }] }, ...more }));
}

/** Sends a request, and gives both ends with what the service got of it. */
async function asked(port: number, text: string): Promise<{ client: Peer; server: Peer }> {
  const client = connect(port);
  client.socket.write(text, 'latin1');
  const server = await shop.accepted();
  await server.until((p) => p.text.includes('\r\n\r\n'));
  return { client, server };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turnOfLoop();
}

const linesOf = (text: string): string[] => (text.split('\r\n\r\n', 1)[0] ?? '').split('\r\n');

describe('a request', () => {
  test('reaches its service with the path, the fields, their case and their duplicates as they came', async () => {
    const { port } = await gateway();
    const { server } = await asked(
      port,
      'GET //a//b/../c?x=//y%20&z HTTP/1.1\r\nHOST: shop.test\r\nX-Twice: one\r\nx-Case: Kept\r\nX-Twice: two\r\nCookie: a=1\r\nCookie: b=2\r\nX-Latin: \xe9\r\n\r\n',
    );
    expect(linesOf(server.text)).toEqual([
      'GET //a//b/../c?x=//y%20&z HTTP/1.1',
      'HOST: shop.test',
      'X-Twice: one',
      'X-Twice: two',
      'x-Case: Kept',
      // Of this field there may be one line only (RFC 6265 section 5.4).
      'Cookie: a=1; b=2',
      'X-Latin: \xe9',
      'Via: 1.1 dvr-gateway',
      'X-Forwarded-For: 127.0.0.1',
      'X-Forwarded-Host: shop.test',
      'X-Forwarded-Proto: http',
      'Connection: keep-alive',
    ]);
  });

  test('goes on without what belongs to its connection, and with what a client may not take away', async () => {
    const { port } = await gateway();
    const { server } = await asked(
      port,
      'POST / HTTP/1.1\r\nHost: a\r\nConnection: X-Hop, content-length, close\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nProxy-Connection: x\r\nTE: trailers, deflate\r\nUpgrade: h2c\r\nContent-Length: 2\r\nVia: 1.1 edge\r\n\r\nhi',
    );
    await server.until((p) => p.text.endsWith('hi'));
    expect(linesOf(server.text)).toEqual([
      'POST / HTTP/1.1',
      'Host: a',
      'Content-Length: 2',
      'Via: 1.1 edge',
      'Via: 1.1 dvr-gateway',
      'X-Forwarded-For: 127.0.0.1',
      'X-Forwarded-Host: a',
      'X-Forwarded-Proto: http',
      'TE: trailers',
      'Connection: TE',
    ]);
  });

  const throughProxies =
    'GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 10.0.0.1\r\nx-forwarded-proto: https\r\nX-Forwarded-Port: 1\r\nForwarded: for=10.0.0.1\r\nX-Forwarded-For: 10.0.0.2\r\n\r\n';

  test('has what its client says of the way before it taken away', async () => {
    const { port } = await gateway();
    const { server } = await asked(port, throughProxies);
    expect(linesOf(server.text).slice(1, -1)).toEqual([
      'Host: a',
      'Via: 1.1 dvr-gateway',
      'X-Forwarded-For: 127.0.0.1',
      'X-Forwarded-Host: a',
      'X-Forwarded-Proto: http',
    ]);
  });

  test('of a client that is trusted keeps it', async () => {
    const behind = { shop: { port: shop.port, routes: [{}] } };
    const { port } = await started(gatewayTo(behind, undefined, true));
    const { server } = await asked(port, throughProxies);
    expect(linesOf(server.text).slice(1, -1)).toEqual([
      'Host: a',
      'X-Forwarded-For: 10.0.0.1, 10.0.0.2, 127.0.0.1',
      'x-forwarded-proto: https',
      'X-Forwarded-Port: 1',
      'Forwarded: for=10.0.0.1',
      'Via: 1.1 dvr-gateway',
      'X-Forwarded-Host: a',
    ]);
  });

  test('has the fields whose names every object has', async () => {
    const { port } = await gateway();
    const names = Object.getOwnPropertyNames(Object.prototype);
    const lines = names.map((name) => `${name}: of ${name}`);
    const { server } = await asked(port, `GET / HTTP/1.1\r\nHost: a\r\n${lines.join('\r\n')}\r\n\r\n`);
    expect(linesOf(server.text).slice(2, 2 + names.length)).toEqual(lines);
  });

  test('with a target in absolute form goes on in origin form, with the host of that', async () => {
    const { port } = await gateway();
    const { server } = await asked(port, 'GET http://a.test:81/x HTTP/1.1\r\nHost: b.test\r\nX-A: 1\r\n\r\n');
    expect(linesOf(server.text)).toEqual([
      'GET /x HTTP/1.1',
      'Host: a.test:81',
      'X-A: 1',
      'Via: 1.1 dvr-gateway',
      'X-Forwarded-For: 127.0.0.1',
      'X-Forwarded-Host: a.test:81',
      'X-Forwarded-Proto: http',
      'Connection: keep-alive',
    ]);
    const pathless = await asked(port, 'GET http://a.test?a HTTP/1.1\r\nHost: b.test\r\n\r\n');
    expect(linesOf(pathless.server.text)[0]).toBe('GET /?a HTTP/1.1');
  });

  test.each(['DELETE', 'GET', 'POST'])('of %s keeps a chunked body and its trailers', async (method) => {
    const { port } = await gateway();
    const { server } = await asked(
      port,
      `${method} / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 6\r\nX-Sum: 7\r\n\r\n`,
    );
    await server.until((p) => p.text.endsWith('\r\n0\r\nX-Sum: 6\r\nX-Sum: 7\r\n\r\n'));
    expect(linesOf(server.text)).toContain('Transfer-Encoding: chunked');
    expect(server.text).toContain('\r\n\r\n3\r\nabc\r\n');
  });

  test('without a body has none at the service either', async () => {
    const { port } = await gateway();
    const { client, server } = await asked(port, 'DELETE / HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(server.text).not.toMatch(/content-length|transfer-encoding/i);
    server.socket.write('HTTP/1.1 204 No Content\r\n\r\n');
    await client.until((p) => p.text.includes('204'));
    client.socket.write('POST / HTTP/1.1\r\nHost: a\r\n\r\n');
    await server.until((p) => p.text.includes('POST'));
    await server.until((p) => p.text.endsWith('\r\n\r\n'));
    expect(server.text).toContain('Content-Length: 0');
  });

  test('whose client half-closes behind it, and whose service then ends, is answered by nobody', async () => {
    const { port } = await gateway();
    const client = connect(port);
    client.socket.end('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const server = await shop.accepted();
    await server.until((p) => p.end === 'fin');
    server.socket.end();
    await client.until((p) => p.end === 'fin');
    expect(client.text).toBe('');
  });

  test('whose client half-closes behind it gets its answer, and then the end', async () => {
    const { port } = await gateway();
    const client = connect(port);
    client.socket.end('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    const server = await shop.accepted();
    await server.until((p) => p.text.includes('\r\n\r\n'));
    await server.until((p) => p.end === 'fin');
    server.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    await client.until((p) => p.end === 'fin');
    expect(client.text).toMatch(/ok$/);
  });

  test('that expects 100-continue waits for the word of the service', async () => {
    const { port } = await gateway();
    const { client, server } = await asked(
      port,
      'PUT //x HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n',
    );
    expect(linesOf(server.text)).toEqual(
      expect.arrayContaining(['PUT //x HTTP/1.1', 'Expect: 100-continue']),
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(client.text).toBe('');
    server.socket.write('HTTP/1.1 100 Continue\r\n\r\n');
    await client.until((p) => p.text === 'HTTP/1.1 100 Continue\r\n\r\n');
    client.socket.write('body');
    await server.until((p) => p.text.endsWith('body'));
  });

  test('whose client goes away is given up at the service', async () => {
    const { port } = await gateway();
    const { client, server } = await asked(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    client.socket.destroy();
    await server.until((p) => p.end !== 'open');
  });

  test('whose client goes away in the middle of the response is given up as well', async () => {
    const { port } = await gateway();
    const { client, server } = await asked(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    server.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome');
    await client.until((p) => p.text.endsWith('some'));
    client.socket.resetAndDestroy();
    await server.until((p) => p.end !== 'open');
  });

  test('that is answered before its body came whole does not keep the next one away', async () => {
    const { port } = await gateway();
    const { client, server } = await asked(
      port,
      'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500000\r\n\r\nx',
    );
    server.socket.end('HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    await client.until((p) => p.text.includes('413'));
    client.socket.write(`${'y'.repeat(499_999)}GET /next HTTP/1.1\r\nHost: a\r\n\r\n`);
    const next = await shop.accepted();
    await next.until((p) => p.text.includes('GET /next'));
  });

  test('on a connection that its service had closed is sent again on a new one', async () => {
    const { port } = await gateway();
    const { client, server } = await asked(port, 'GET /1 HTTP/1.1\r\nHost: a\r\n\r\n');
    server.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    await client.until((p) => p.text.includes('200'));
    server.socket.once('data', () => server.socket.resetAndDestroy());
    client.socket.write('GET /2 HTTP/1.1\r\nHost: a\r\n\r\n');
    const again = await shop.accepted();
    await again.until((p) => p.text.startsWith('GET /2'));
  });
});

describe('a response', () => {
  test('reaches the client with its reason, fields, their case and their duplicates as they came', async () => {
    const { port } = await gateway();
    const { client, server } = await asked(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    server.socket.write(
      'HTTP/1.1 299 Fine By Me\r\nSET-cookie: a=1\r\nSet-Cookie: b=2\r\nX-A: 1\r\nX-A: 2\r\nKeep-Alive: timeout=9\r\nContent-Length: 2\r\n\r\nok',
      'latin1',
    );
    await client.until((p) => p.text.endsWith('ok'));
    expect(linesOf(client.text)).toEqual([
      'HTTP/1.1 299 Fine By Me',
      'SET-cookie: a=1',
      'Set-Cookie: b=2',
      'X-A: 1',
      'X-A: 2',
      'Content-Length: 2',
      'Connection: keep-alive',
    ]);
  });

  test('cannot pass for the word of the gateway', async () => {
    const { port } = await gateway();
    const { client, server } = await asked(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    server.socket.write(
      'HTTP/1.1 502 Bad Gateway\r\nProxy-Status: cdn; error=dns_error\r\nProxy-Status: dvr-gateway; error=connection_refused\r\nproxy-status: a, dvr-gateway;error=dns_error\r\nContent-Length: 2\r\n\r\nok',
    );
    await client.until((p) => p.text.endsWith('ok'));
    expect(linesOf(client.text).filter((line) => /^proxy-status/i.test(line))).toEqual([
      'Proxy-Status: cdn; error=dns_error',
    ]);
  });

  test('that is chunked stays so, with its trailers', async () => {
    const { port } = await gateway();
    const { client, server } = await asked(port, 'GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\n');
    server.socket.write(
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: Grpc-Status\r\n\r\n2\r\nok\r\n0\r\nGrpc-Status: 0\r\n\r\n',
    );
    await client.until((p) => p.text.endsWith('\r\n0\r\nGrpc-Status: 0\r\n\r\n'));
  });

  test('that is slow has its head passed on before its body, and each piece as it comes', async () => {
    const { port } = await gateway();
    const { client, server } = await asked(port, 'GET /events HTTP/1.1\r\nHost: a\r\n\r\n');
    server.socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n');
    await client.until((p) => p.text.includes('event-stream'));
    server.socket.write('data: 1\n\n');
    await client.until((p) => p.text.includes('data: 1'));
  });

  test('is preceded by the interim ones', async () => {
    const { port } = await gateway();
    const { client, server } = await asked(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    server.socket.write('HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n');
    await client.until((p) => p.text.includes('103'));
    expect(client.text).toMatch(/^HTTP\/1\.1 103 Early Hints\r\nLink: <\/a\.css>; rel=preload\r\n\r\n$/i);
    server.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    await client.until((p) => p.text.includes('200 OK'));
  });

  test('to HEAD, and 304, keep their length and have no body', async () => {
    const { port } = await gateway();
    const { client, server } = await asked(port, 'HEAD / HTTP/1.1\r\nHost: a\r\n\r\n');
    server.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n');
    await client.until((p) => p.text.includes('Content-Length: 10'));
    client.socket.write('GET / HTTP/1.1\r\nHost: a\r\nIf-None-Match: x\r\n\r\n');
    await server.until((p) => p.text.includes('GET'));
    server.socket.write('HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n');
    await client.until((p) => p.text.includes('304'));
    expect(client.text).not.toContain('chunked');
  });

  test.each([
    ['closes', 'fin'],
    ['resets', 'reset'],
  ] as const)('that is cut off as its service %s is cut off so at the client', async (how, end) => {
    const { port } = await gateway();
    const { client, server } = await asked(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    server.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome');
    await client.until((p) => p.text.endsWith('some'));
    if (how === 'closes') server.socket.end();
    else server.socket.resetAndDestroy();
    await client.until((p) => p.end !== 'open');
    expect(client.end).toBe(end);
  });

  test('to a client of HTTP/1.0 ends with its connection', async () => {
    const { port } = await gateway();
    const { client, server } = await asked(port, 'GET / HTTP/1.0\r\nHost: a\r\n\r\n');
    server.socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n');
    await client.until((p) => p.end === 'fin');
    expect(client.text).toMatch(/\r\n\r\nok$/);
  });

  test('waits for a client that does not read, and then is whole', async () => {
    const { port } = await gateway();
    const { client, server } = await asked(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    client.socket.pause();
    const size = 48 << 20;
    server.socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
    server.socket.write(Buffer.alloc(size, 'x'));
    let left = -1;
    while (left !== server.socket.writableLength) {
      left = server.socket.writableLength;
      await new Promise((resolve) => setTimeout(resolve, 150));
    }
    expect(left).toBeGreaterThan(8 << 20);
    client.socket.resume();
    await client.until((p) => p.length > size);
  });
});

describe('what the gateway answers itself', () => {
  const refusal = async (port: number, text: string) => {
    const client = connect(port);
    client.socket.write(text);
    await client.until((p) => /\r\n\r\n.+\n$/s.test(p.text) || p.end !== 'open');
    client.socket.destroy();
    const lines = linesOf(client.text);
    return [lines[0], lines.find((line) => /^proxy-status/i.test(line))];
  };

  test('a host and a path that nobody serves', async () => {
    const { port } = await started(
      gatewayTo({ shop: { port: shop.port, routes: [{ host: 'a', path: '/v1' }] } }),
    );
    const missing = 'proxy-status: dvr-gateway; error=destination_not_found';
    expect(await refusal(port, 'GET / HTTP/1.1\r\nHost: b\r\n\r\n')).toEqual([
      'HTTP/1.1 421 Misdirected Request',
      missing,
    ]);
    expect(await refusal(port, 'GET /v2 HTTP/1.1\r\nHost: a\r\n\r\n')).toEqual([
      'HTTP/1.1 404 Not Found',
      missing,
    ]);
  });

  test.each([
    ['two lines of Host', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
    ['the same line of Host twice', 'GET http://a/ HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n'],
    ['a user before the host', 'GET http://a:1@b/ HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['no host in the target', 'GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n'],
  ])('a request with %s', async (_, text) => {
    const { port } = await gateway();
    expect(await refusal(port, text)).toEqual([
      'HTTP/1.1 400 Bad Request',
      'proxy-status: dvr-gateway; error=http_request_error',
    ]);
  });

  test('a service that is down, hangs up, or does not speak HTTP', async () => {
    const down = { port: await deadPort(), routes: [{ path: '/down' }] };
    const { port } = await gateway({ down });
    expect(await refusal(port, 'GET /down HTTP/1.1\r\nHost: a\r\n\r\n')).toEqual([
      'HTTP/1.1 502 Bad Gateway',
      'proxy-status: dvr-gateway; error=connection_refused',
    ]);
    const answers: [(server: Peer) => void, string][] = [
      [(server) => void server.socket.end(), 'connection_terminated; details="closed"'],
      [(server) => void server.socket.resetAndDestroy(), 'connection_terminated; details="reset"'],
      [(server) => void server.socket.write('what?\r\n\r\n'), 'http_protocol_error'],
    ];
    for (const [fail, told] of answers) {
      const failing = shop.accepted().then(async (server) => {
        await server.until((p) => p.length > 0);
        fail(server);
      });
      expect(await refusal(port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')).toEqual([
        'HTTP/1.1 502 Bad Gateway',
        `proxy-status: dvr-gateway; error=${told}`,
      ]);
      await failing;
    }
  });

  test('a service that speaks HTTP/2 alone, and a request for a tunnel', async () => {
    const { port } = await gateway({
      prices: { port: shop.port, routes: [{ path: '/prices' }], protocols: ['h2'] },
    });
    const [line] = await refusal(port, 'GET /prices HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(line).toBe('HTTP/1.1 421 Misdirected Request');
    expect((await refusal(port, 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n'))[0]).toBe(
      'HTTP/1.1 405 Method Not Allowed',
    );
  });
});

test('requests of one connection go each to its own service, one after the other', async () => {
  const carts = await started(service());
  const { port } = await gateway({ carts: { port: carts.port, routes: [{ path: '/carts' }] } });
  const client = connect(port);
  client.socket.write('GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /carts HTTP/1.1\r\nHost: a\r\n\r\n');
  const first = await shop.accepted();
  await first.until((p) => p.text.startsWith('GET /1'));
  let [answered, early] = [false, false];
  const accepted = carts.accepted().then((second) => {
    early = !answered;
    return second;
  });
  answered = true;
  first.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nshop');
  const second = await accepted;
  await second.until((p) => p.text.startsWith('GET /carts'));
  second.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\ncarts');
  await client.until((p) => p.text.endsWith('carts'));
  expect(client.text.indexOf('shop')).toBeLessThan(client.text.indexOf('carts'));
  expect(early).toBe(false);
});

test('100,000 requests that a client pipelines to a service that does not answer are held back', async () => {
  const { port, gateway: behind } = await gateway();
  const text = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
  const { client, server } = await asked(port, text);
  client.socket.write(text.repeat(100_000));
  let most = 0;
  const held = (): boolean => {
    most = Math.max(most, behind.waiting);
    return behind.waiting >= mostWaiting;
  };
  await until(held);
  for (let turn = 0; turn < 1_000; turn++) {
    await turnOfLoop();
    held();
  }
  expect(most).toBeLessThanOrEqual(mostWaiting + Math.ceil(65_536 / text.length));
  expect(server.text.match(/GET/g)).toHaveLength(1);
});

test('a client whose requests are held back and that goes has them given up', async () => {
  const { port, gateway: behind } = await gateway();
  const text = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
  const { client, server } = await asked(port, text.repeat(100));
  await until(() => behind.waiting >= mostWaiting);
  client.socket.resetAndDestroy();
  await server.until((p) => p.end !== 'open');
  await until(() => behind.waiting === 0);
  expect(server.text.match(/GET/g)).toHaveLength(1);
});

test('a client whose requests are held back and that will send no more has all of them answered', async () => {
  const plain = http.createServer((_, response) => void response.end('ok')).listen(0, '127.0.0.1');
  cleanups.push(() => plain.close());
  await once(plain, 'listening');
  const { port: at } = plain.address() as { port: number };
  const { port } = await started(gatewayTo({ plain: { port: at, routes: [{}] } }));
  const client = connect(port);
  client.socket.end('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(100));
  await client.until((p) => p.text.split('200 OK').length === 101);
});

test('nobody but the relay is served by the router', async () => {
  const ports: number[] = [];
  const listen = http.Server.prototype.listen;
  http.Server.prototype.listen = function (this: http.Server, ...args: unknown[]) {
    this.once('listening', () => ports.push((this.address() as { port: number }).port));
    return Reflect.apply(listen, this, args);
  } as typeof listen;
  await gateway().finally(() => {
    http.Server.prototype.listen = listen;
  });
  const stranger = connect(ports[0]!);
  stranger.socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await stranger.until((p) => p.end !== 'open');
  expect(stranger.text).toBe('');
});

test('a client of many requests keeps one connection to the service, and gives it back', async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on('warning', onWarning);
  cleanups.push(() => process.off('warning', onWarning));
  const { port } = await gateway();
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const served: Promise<Peer> = shop.accepted();
  const get = async (): Promise<number | undefined> => {
    const request = http.get({ port, host: '127.0.0.1', agent });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    response.resume();
    await once(response, 'end');
    return response.statusCode;
  };
  const first = get();
  const server = await served;
  await server.until((p) => p.length > 0);
  server.socket.on('data', () => server.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n'));
  server.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
  expect(await first).toBe(200);
  for (let i = 0; i < 30; i++) expect(await get()).toBe(200);
  expect(server.text.match(/GET \//g)).toHaveLength(31);
  expect(warnings.filter(({ name }) => name === 'MaxListenersExceededWarning')).toEqual([]);
  agent.destroy();
  await server.until((p) => p.end !== 'open');
});

import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { WindowDecoder } from '../../../committer/decode/window-decoder.ts';
import { Gateway } from '../../../interceptor/gateway/gateway.ts';
import { gatewayService } from '../../../interceptor/gateway/names.ts';
import { Routes } from '../../../interceptor/gateway/routes.ts';
import { routingBy } from '../../../interceptor/gateway/routing.ts';
import { Recorded } from '../parts/recorded.ts';
import { connect } from '../parts/sockets.ts';
import { gatewayTo, servicesOf } from './world.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function started<T extends AsyncDisposable>(starting: Promise<T>): Promise<T> {
  const one = await starting;
  cleanups.push(() => one[Symbol.asyncDispose]());
  return one;
}

async function httpService(answer: http.RequestListener): Promise<number> {
  const server = http.createServer(answer);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

const hosts = ['a.test', 'A.TEST', 'x.a.test', 'b.test:8080', 'b.test.', 'c.test', '[::1]:80', ''];
const paths = [
  '/',
  '/api',
  '/api/',
  '/apis',
  '//api',
  '/api/v1?x=/api',
  '/api/%2e%2e',
  '/API',
  '*',
  'http://b.test/api',
];

test('router and observer agree about every request, whatever its host and target', async () => {
  const named = (name: string) => httpService((_, response) => response.end(name));
  const services = servicesOf({
    a: { port: await named('a'), routes: [{ host: 'a.test' }, { host: '[::1]' }] },
    sub: { port: await named('sub'), routes: [{ host: '*.a.test', path: '/api' }] },
    b: { port: await named('b'), routes: [{ host: 'b.test', path: '/api' }] },
    any: { port: await named('any'), routes: [{ path: '/api/v1' }] },
  });
  const routes = new Routes(services);
  const tellers = {
    trustForwarded: false,
    onReload: () => {},
    onServiceFailure: () => {},
    onGrpcRefused: () => {},
  };
  const gateway = await started(Gateway.start({ routes, services, clientTls: undefined, ...tellers }));
  const ends = { to: gateway.opener, routing: routingBy(routes), service: gatewayService };
  const recorded = await started(Recorded.start({}, { ends }));
  const asked = fc.record({ host: fc.constantFrom(...hosts), path: fc.constantFrom(...paths) });
  const answered: string[] = [];
  await fc.assert(
    fc.asyncProperty(fc.array(asked, { minLength: 1, maxLength: 8 }), async (requests) => {
      const client = connect(recorded.port);
      let done = 0;
      for (const { host, path } of requests) {
        client.socket.write(`${path === '*' ? 'OPTIONS' : 'GET'} ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
        await client.until((p) => whole(p.text.slice(done)));
        const text = client.text.slice(done);
        done = client.text.length;
        answered.push(/proxy-status/i.test(text) ? gatewayService : text.slice(text.indexOf('\r\n\r\n') + 4));
      }
      client.socket.end();
      await client.until((p) => p.end === 'fin');
    }),
    { numRuns: 60 },
  );
  const decoder = new WindowDecoder({ startWallMs: 0, bodyLimit: 1 << 20 });
  for (const batch of await recorded.batches()) decoder.push(batch);
  const labels = decoder
    .end()
    .map(({ exchange }) => [exchange.times.requestStart, exchange.service] as const);
  expect(labels.sort((a, b) => a[0] - b[0]).map(([, service]) => service)).toEqual(answered);
  expect(new Set(answered).size).toBe(5);
});

/** Whether a response with a length is there with all of its body. */
function whole(text: string): boolean {
  const head = text.indexOf('\r\n\r\n');
  const length = /content-length: (\d+)/i.exec(text)?.[1];
  return head !== -1 && length !== undefined && text.length >= head + 4 + Number(length);
}

describe('a message', () => {
  /** What a service of Node's makes of a request, but for what the gateway adds. */
  interface Seen {
    readonly line: string;
    readonly fields: readonly string[];
    readonly body: string;
    readonly trailers: readonly string[];
  }

  const added = /^(via|x-forwarded-\w+|connection)$/i;
  const token = fc.stringMatching(/^[a-z]{1,3}$/).map((name) => `X-${name}`);
  const value = fc.stringMatching(/^[!-~]([ !-~]{0,20}[!-~])?$/);
  const body = fc.oneof(
    fc.constant({ kind: 'none' as const }),
    fc.record({
      kind: fc.constant('length' as const),
      text: fc.string({ maxLength: 2_000, unit: 'binary-ascii' }),
    }),
    fc.record({
      kind: fc.constant('chunked' as const),
      chunks: fc.array(fc.string({ minLength: 1, maxLength: 500, unit: 'binary-ascii' }), { maxLength: 5 }),
      trailers: fc.array(fc.tuple(token, value), { maxLength: 3 }),
    }),
  );
  const message = fc.record({
    method: fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'REPORT'),
    target: fc.stringMatching(/^\/[a-z/.%?=&;+-]{0,30}$/),
    fields: fc.array(fc.tuple(token, value), { maxLength: 6 }),
    body,
  });

  function text({
    fields,
    body: content,
  }: {
    fields: readonly (readonly [string, string])[];
    body: typeof body extends fc.Arbitrary<infer B> ? B : never;
  }): string {
    const lines = fields.map(([name, field]) => `${name}: ${field}\r\n`).join('');
    if (content.kind === 'none') return `${lines}\r\n`;
    if (content.kind === 'length')
      return `${lines}Content-Length: ${content.text.length}\r\n\r\n${content.text}`;
    const chunks = content.chunks.map((chunk) => `${chunk.length.toString(16)}\r\n${chunk}\r\n`).join('');
    const trailers = content.trailers.map(([name, field]) => `${name}: ${field}\r\n`).join('');
    return `${lines}Transfer-Encoding: chunked\r\n\r\n${chunks}0\r\n${trailers}\r\n`;
  }

  test('of a client is at its service what it is past the gateway', async () => {
    let seen: Seen | undefined;
    const port = await httpService((request, response) => {
      const pieces: Buffer[] = [];
      request.on('data', (piece: Buffer) => pieces.push(piece));
      request.on('end', () => {
        const fields = [...pairs(request.rawHeaders)].filter(([name]) => !added.test(name));
        seen = {
          line: `${request.method} ${request.url}`,
          fields: grouped(fields),
          body: Buffer.concat(pieces).toString('latin1'),
          trailers: request.rawTrailers,
        };
        response.end('ok');
      });
    });
    const gateway = await started(gatewayTo({ a: { port, routes: [{}] } }));
    const send = async (to: number, bytes: string): Promise<Seen | undefined> => {
      seen = undefined;
      const client = connect(to);
      client.socket.write(bytes, 'latin1');
      await client.until((p) => p.text.endsWith('ok') || p.end !== 'open');
      client.socket.destroy();
      return seen;
    };
    await fc.assert(
      fc.asyncProperty(message, async (one) => {
        const bytes = `${one.method} ${one.target} HTTP/1.1\r\nHost: a.test\r\n${text(one)}`;
        const direct = await send(port, bytes);
        const emptyPost = one.body.kind === 'none' && !['GET', 'DELETE', 'OPTIONS'].includes(one.method);
        const expected =
          emptyPost && direct
            ? { ...direct, fields: byName([...direct.fields, 'content-length: 0']) }
            : direct;
        expect(await send(gateway.port, bytes)).toEqual(expected);
      }),
      { numRuns: 150 },
    );
  });

  test('of a service is at its client what it is past the gateway', async () => {
    const status = fc.constantFrom(200, 201, 206, 299, 302, 404, 418, 503);
    const server = await started(rawService());
    const gateway = await started(gatewayTo({ a: { port: server.port, routes: [{}] } }));
    const read = async (port: number, method: string) => {
      const request = http.request({ port, host: '127.0.0.1', method, agent: false });
      request.end();
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      const pieces: Buffer[] = [];
      for await (const piece of response) pieces.push(piece);
      // Of a response to HEAD the framing of a body that is not there belongs to the connection as well.
      const own = method === 'HEAD' ? /^(connection|transfer-encoding)$/i : /^connection$/i;
      const fields = [...pairs(response.rawHeaders)].filter(([name]) => !own.test(name));
      return {
        status: [response.statusCode, response.statusMessage],
        fields: fields.flat(),
        body: Buffer.concat(pieces).toString('latin1'),
        trailers: response.rawTrailers,
      };
    };
    await fc.assert(
      fc.asyncProperty(message, status, fc.constantFrom('GET', 'HEAD'), async (one, code, method) => {
        const content = one.body.kind === 'none' ? { kind: 'length' as const, text: '' } : one.body;
        const written = text({ fields: one.fields, body: content });
        const bytes = method === 'HEAD' ? `${written.split('\r\n\r\n', 1)[0]}\r\n\r\n` : written;
        server.answer = `HTTP/1.1 ${code} Some Reason\r\n${bytes}`;
        expect(await read(gateway.port, method)).toEqual(await read(server.port, method));
      }),
      { numRuns: 150 },
    );
  });
});

/** A service that answers each request with the bytes that it is given. */
async function rawService() {
  const { createServer } = await import('node:net');
  const made = {
    answer: '',
    port: 0,
    async [Symbol.asyncDispose]() {
      server.close();
    },
  };
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(made.answer, 'latin1'));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  made.port = (server.address() as AddressInfo).port;
  return made;
}

function* pairs(raw: readonly string[]): Generator<[string, string]> {
  for (let i = 0; i + 1 < raw.length; i += 2) yield [raw[i]!, raw[i + 1]!];
}

/** Lines of one name in their order; between names the order means nothing. */
function grouped(fields: readonly (readonly [string, string])[]): string[] {
  const lines = fields.map(([name, value], at) => ({
    name: name.toLowerCase(),
    at,
    line: `${name}: ${value}`,
  }));
  return lines
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.at - b.at))
    .map(({ name, line }) => `${name}${line.slice(line.indexOf(':'))}`);
}

/** Lines in the order of their names; those of one name stay as they are. */
function byName(lines: readonly string[]): string[] {
  const nameOf = (line: string): string => line.slice(0, line.indexOf(':'));
  return lines.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : nameOf(a) > nameOf(b) ? 1 : 0));
}

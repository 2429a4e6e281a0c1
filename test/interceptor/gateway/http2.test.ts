import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import {
  Client,
  credentials,
  Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type MadeCertificate, makeCertificate, writeCertificate } from '../parts/certificates.ts';
import { connect, deadPort, service } from '../parts/sockets.ts';
import { type Behind, gatewayTo } from './world.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function started<T extends AsyncDisposable>(starting: Promise<T>): Promise<T> {
  const one = await starting;
  cleanups.push(() => one[Symbol.asyncDispose]());
  return one;
}

/** Answers every request with its name, and tells who asked. */
async function http2Service(name: string, secure?: MadeCertificate): Promise<number> {
  const server = secure
    ? http2.createSecureServer({ cert: secure.cert, key: secure.key })
    : http2.createServer();
  const sessions = new Set<http2.Http2Session>();
  server.on('session', (session) => sessions.add(session));
  server.on('request', (request: http2.Http2ServerRequest, response: http2.Http2ServerResponse) =>
    response.end(`${name} ${request.url}`),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function get(
  session: http2.ClientHttp2Session,
  path: string,
): Promise<{ status: number; text: string; told: unknown }> {
  const stream = session.request({ ':path': path });
  const [fields] = (await once(stream, 'response')) as [
    http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader,
  ];
  let text = '';
  for await (const piece of stream) text += piece;
  return { status: fields[':status'] ?? 0, text, told: fields['proxy-status'] };
}

function session(
  port: number,
  authority: string,
  options: http2.SecureClientSessionOptions = {},
): http2.ClientHttp2Session {
  const scheme = options.ca === undefined ? 'http' : 'https';
  const made = http2.connect(`${scheme}://${authority}`, {
    ...options,
    ...(scheme === 'http'
      ? { createConnection: () => connect(port).socket }
      : { port, host: '127.0.0.1', servername: authority, lookup: undefined }),
  } as http2.SecureClientSessionOptions);
  made.on('error', () => {});
  cleanups.push(() => made.destroy());
  return made;
}

const h2 = ['h2'] as const;

describe('a connection of HTTP/2', () => {
  test('goes as a whole to the service of its first request', async () => {
    const gateway = await started(
      gatewayTo({
        a: { port: await http2Service('a'), routes: [{ host: 'a.test' }], protocols: h2 },
        b: { port: await http2Service('b'), routes: [{ host: 'b.test' }, { path: '/b' }], protocols: h2 },
      }),
    );
    expect((await get(session(gateway.port, 'a.test'), '/x')).text).toBe('a /x');
    const other = session(gateway.port, 'b.test');
    expect((await get(other, '/x')).text).toBe('b /x');
    expect((await get(other, '/y')).text).toBe('b /y');
    expect((await get(session(gateway.port, 'c.test'), '/b/c')).text).toBe('b /b/c');
  });

  test('whose client waits for settings before it asks gets them, and its service its own bytes', async () => {
    const upstream = await started(service());
    const { port } = await started(
      gatewayTo({ a: { port: upstream.port, routes: [{ host: 'a.test' }], protocols: h2 } }),
    );
    const client = connect(port);
    const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
    const settings = Buffer.from([0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100]);
    for (const piece of [preface, settings.subarray(0, 5), settings.subarray(5)]) client.socket.write(piece);
    await client.until((p) => p.length === 9);
    expect(client.received).toEqual(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]));
    // GET, http, /, and an authority as a literal (RFC 7541 section 6.2.2).
    const block = Buffer.concat([Buffer.from([0x82, 0x86, 0x84, 0x01, 6]), Buffer.from('a.test')]);
    const request = Buffer.concat([Buffer.from([0, 0, block.length, 1, 5, 0, 0, 0, 1]), block]);
    const acknowledged = Buffer.from([0, 0, 0, 4, 1, 0, 0, 0, 0]);
    client.socket.write(request);
    client.socket.write(acknowledged);
    const server = await upstream.accepted();
    const bytes = Buffer.concat([Buffer.from(preface), settings, request]);
    await server.until((p) => p.length >= bytes.length);
    expect(server.received).toEqual(bytes);
    client.socket.write(acknowledged);
    await server.until((p) => p.length === bytes.length + 9);
  });

  test('that belongs to nobody, or to a service of HTTP/1.1, is answered request by request', async () => {
    const { port } = await started(
      gatewayTo({
        a: { port: await http2Service('a'), routes: [{ host: 'a.test', path: '/a' }], protocols: h2 },
        old: { port: 1, routes: [{ host: 'old.test' }] },
      }),
    );
    const missing = 'dvr-gateway; error=destination_not_found';
    expect(await get(session(port, 'b.test'), '/')).toMatchObject({ status: 421, told: missing });
    expect(await get(session(port, 'a.test'), '/b')).toMatchObject({ status: 404, told: missing });
    expect(await get(session(port, 'old.test'), '/')).toMatchObject({
      status: 421,
      told: 'dvr-gateway; error=http_request_error',
    });
  });

  test('to a service that is down is reset', async () => {
    const { port } = await started(gatewayTo({ a: { port: await deadPort(), routes: [{}], protocols: h2 } }));
    const asking = session(port, 'a.test').request({ ':path': '/' });
    await expect(once(asking, 'response')).rejects.toThrow();
  });

  test.each([
    [
      'garbage behind its preface',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff',
    ],
    ['only a part of its preface', 'PRI * HTTP/2.0\r\n\r\nSM'],
  ])('with %s ends, and nobody else is harmed', async (_, text) => {
    const { port, relay } = await started(
      gatewayTo({ a: { port: await http2Service('a'), routes: [{}], protocols: h2 } }),
    );
    const client = connect(port);
    client.socket.end(text, 'latin1');
    await client.until((p) => p.end !== 'open');
    expect((await get(session(port, 'a.test'), '/')).status).toBe(200);
    expect(relay.counters.tapFaults).toBe(0);
  });
});

describe('gRPC through a gateway', () => {
  /** A service of one method, which greets. */
  async function greeter(word: string): Promise<number> {
    const server = new Server();
    const asText = {
      serialize: (text: string) => Buffer.from(text),
      deserialize: (bytes: Buffer) => bytes.toString(),
    };
    const method = {
      path: '/hello.Greeter/Greet',
      ...{ requestStream: false, responseStream: false },
      ...{ requestSerialize: asText.serialize, requestDeserialize: asText.deserialize },
      ...{ responseSerialize: asText.serialize, responseDeserialize: asText.deserialize },
    };
    server.addService(
      { Greet: method },
      {
        Greet: (call: ServerUnaryCall<string, string>, done: sendUnaryData<string>) =>
          call.request === 'fail'
            ? done({ code: status.INTERNAL, details: 'broken' })
            : done(null, `${word} ${call.request}`),
      },
    );
    const bound = await new Promise<number>((resolve, reject) =>
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
        error ? reject(error) : resolve(port),
      ),
    );
    cleanups.push(() => server.forceShutdown());
    return bound;
  }

  test('finds its service by authority, keeps status and details, and tells refusals by status', async () => {
    const { port, grpcRefused } = await started(
      gatewayTo({
        old: { port: 1, routes: [{ host: 'old.test' }] },
        english: { port: await greeter('hello'), routes: [{ host: 'en.test' }], protocols: h2 },
        french: {
          port: await greeter('salut'),
          routes: [{ host: 'fr.test', path: '/hello.Greeter' }],
          protocols: h2,
        },
      }),
    );
    const greet = (authority: string, text: string): Promise<string> => {
      const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
        'grpc.default_authority': authority,
        'grpc.use_local_subchannel_pool': 1,
      });
      cleanups.push(() => client.close());
      return new Promise((resolve, reject) =>
        client.makeUnaryRequest(
          '/hello.Greeter/Greet',
          (value: string) => Buffer.from(value),
          (bytes) => bytes.toString(),
          text,
          new Metadata(),
          { deadline: Date.now() + 5_000 },
          (error, answer = '') => (error ? reject(error) : resolve(answer)),
        ),
      );
    };
    expect(await greet('en.test', 'you')).toBe('hello you');
    expect(await greet('fr.test', 'toi')).toBe('salut toi');
    await expect(greet('en.test', 'fail')).rejects.toMatchObject({
      code: status.INTERNAL,
      details: 'broken',
    });
    await expect(greet('de.test', 'dich')).rejects.toMatchObject({
      code: status.UNIMPLEMENTED,
      details: 'no service behind this gateway has this host',
    });
    expect(grpcRefused).toEqual([]);
    await expect(greet('old.test', 'you')).rejects.toMatchObject({
      code: status.UNIMPLEMENTED,
      details: expect.stringContaining('add protocols: [h2]'),
    });
    expect(grpcRefused).toEqual(['old']);
  });
});

describe('a gateway with certificates', () => {
  let folder: string;
  let authority: MadeCertificate;
  let own: MadeCertificate;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'dvr-gateway-'));
    authority = makeCertificate({ name: 'authority', authority: true });
    own = makeCertificate({ name: 'a.test', by: authority });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('offers clients what all services of their host speak, and speaks TLS to those that do', async () => {
    const ca = writeCertificate(folder, 'ca', authority).cert;
    const clientTls = { certificates: [writeCertificate(folder, 'a', own)] };
    const old = await started(service());
    const { port } = await started(
      gatewayTo(
        {
          a: {
            port: await http2Service('a', own),
            routes: [{ host: 'a.test' }],
            protocols: h2,
            tls: { ca, serverName: 'a.test' },
          },
          mixed: {
            port: await http2Service('mixed'),
            routes: [{ host: 'mixed.test', path: '/m' }],
            protocols: h2,
          },
          old: { port: old.port, routes: [{ host: 'mixed.test' }, { host: 'old.test' }] },
        },
        clientTls,
      ),
    );
    const agreed = async (servername: string, offers: string[]): Promise<unknown> => {
      const client = tls.connect({
        port,
        host: '127.0.0.1',
        servername,
        ca: authority.cert,
        ALPNProtocols: offers,
        checkServerIdentity: () => undefined,
      });
      cleanups.push(() => client.destroy());
      await new Promise((resolve) => client.once('secureConnect', resolve).once('error', resolve));
      return client.alpnProtocol;
    };
    const both = ['h2', 'http/1.1'];
    expect(await agreed('a.test', both)).toBe('h2');
    expect(await agreed('old.test', both)).toBe('http/1.1');
    expect(await agreed('old.test', ['h2'])).toBe(null);
    expect(await agreed('mixed.test', both)).toBe('http/1.1');
    expect(await agreed('mixed.test', ['h2'])).toBe('h2');
    expect((await get(session(port, 'a.test', { ca: authority.cert }), '/x')).text).toBe('a /x');
  });
});

test('TLS that the gateway has no certificate for passes untouched to the service of its SNI', async () => {
  const secure = makeCertificate({ name: 'a.test' });
  const other = makeCertificate({ name: 'b.test' });
  const tlsTo = { ca: 'unused', serverName: 'a.test' };
  const folder = mkdtempSync(join(tmpdir(), 'dvr-gateway-'));
  cleanups.push(() => rmSync(folder, { recursive: true }));
  const { cert: ca } = writeCertificate(folder, 'ca', secure);
  const { port } = await started(
    gatewayTo({
      plain: { port: 1, routes: [{}] },
      a: {
        port: await http2Service('a', secure),
        routes: [{ host: 'a.test' }],
        protocols: h2,
        tls: { ...tlsTo, ca },
      },
      b: {
        port: await http2Service('b', other),
        routes: [{ host: 'b.test' }],
        protocols: h2,
        tls: { ...tlsTo, ca },
      },
    }),
  );
  expect((await get(session(port, 'a.test', { ca: secure.cert }), '/x')).text).toBe('a /x');
  expect((await get(session(port, 'b.test', { ca: other.cert }), '/x')).text).toBe('b /x');
  const lost = connect(port);
  const stray = tls.connect({ socket: lost.socket, servername: 'c.test' });
  const [error] = await once(
    stray.on('error', () => {}),
    'error',
  ).catch((thrown: unknown) => [thrown]);
  expect(String(error)).toContain('disconnected before secure TLS connection');
});

describe('TLS without SNI that the gateway has no certificate for', () => {
  /** The name that the service vouches for; `undefined` for a connection that was refused. */
  async function servedBy(hosts: Readonly<Record<string, string>>): Promise<string | undefined> {
    const folder = mkdtempSync(join(tmpdir(), 'dvr-gateway-'));
    cleanups.push(() => rmSync(folder, { recursive: true }));
    const behind: Record<string, Behind> = {};
    for (const [name, host] of Object.entries(hosts)) {
      const secure = makeCertificate({ name });
      const ca = writeCertificate(folder, name, secure).cert;
      const port = await http2Service(name, secure);
      behind[name] = { port, routes: [{ host }], protocols: h2, tls: { ca, serverName: name } };
    }
    const { port } = await started(gatewayTo(behind));
    const client = tls.connect({ port, host: '127.0.0.1', ALPNProtocols: ['h2'], rejectUnauthorized: false });
    cleanups.push(() => client.destroy());
    await new Promise((resolve) => client.once('secureConnect', resolve).once('error', resolve));
    return client.getPeerCertificate()?.subject?.CN?.toString();
  }

  test('passes to the service that takes any host', async () => {
    expect(await servedBy({ 'a.test': 'a.test', 'any.test': '*' })).toBe('any.test');
  });

  test('is refused where each service has hosts of its own', async () => {
    expect(await servedBy({ 'a.test': 'a.test', 'b.test': '*.test' })).toBeUndefined();
  });
});

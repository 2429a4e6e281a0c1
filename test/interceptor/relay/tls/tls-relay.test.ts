import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type tls from 'node:tls';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { BlindTaps } from '../../../../interceptor/relay/blind.ts';
import { Relay } from '../../../../interceptor/relay/listener.ts';
import type { ConnectionTap, Tap } from '../../../../interceptor/relay/tap.ts';
import type { CertificateFiles } from '../../../../interceptor/relay/tls/certificate.ts';
import { ServiceTls, type ServiceTlsOptions } from '../../../../interceptor/relay/tls/service-tls.ts';
import { Terminator, type TerminatorOptions } from '../../../../interceptor/relay/tls/terminator.ts';
import { TlsOpener } from '../../../../interceptor/relay/tls/tls-opener.ts';
import { runs } from '../../../properties.ts';
import { type MadeCertificate, makeCertificate, writeCertificate } from '../../parts/certificates.ts';
import { connect, deadPort, type Peer, type SeenEnd, service } from '../../parts/sockets.ts';
import { connectEncrypted, type EncryptedPeer, encryptedService } from './encrypted-peers.ts';

let folder: string;
let authority: MadeCertificate;
let shop: MadeCertificate;
let shopFiles: CertificateFiles;
let pricesFiles: CertificateFiles;
let caFile: string;
const cleanups: (() => unknown)[] = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'dvr-tls-'));
  authority = makeCertificate({ name: 'authority', authority: true });
  shop = makeCertificate({ name: 'shop.test', by: authority });
  shopFiles = writeCertificate(folder, 'shop', shop);
  pricesFiles = writeCertificate(folder, 'prices', makeCertificate({ name: 'prices.test', by: authority }));
  caFile = writeCertificate(folder, 'ca', authority).cert;
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Wanted {
  readonly port: number;
  /** Of clients; absent: they speak in the clear. */
  readonly clients?: Partial<TerminatorOptions>;
  /** Of the service; absent: it does. */
  readonly service?: Partial<ServiceTlsOptions>;
  readonly protocols?: readonly string[];
  readonly tap?: Tap;
}

async function relayTo({ port, clients, service, protocols, tap = new BlindTaps() }: Wanted) {
  const reloads: unknown[] = [];
  const failures: Error[] = [];
  const unmet: (readonly string[])[] = [];
  const onReload = (fault: unknown): void => void reloads.push(fault);
  const terminator = clients && new Terminator({ certificates: [shopFiles], onReload, ...clients });
  const serviceTls =
    service &&
    new ServiceTls({
      ca: caFile,
      serverName: 'shop.test',
      onReload,
      onFailure: (error) => failures.push(error),
      ...service,
    });
  const relay = new Relay({
    listen: { host: '127.0.0.1', port: 0 },
    to: new TlsOpener({
      target: { host: '127.0.0.1', port },
      terminator,
      service: serviceTls,
      protocols,
      onNoProtocol: (offered) => unmet.push(offered),
    }),
    tap,
    connectionLimit: 100,
  });
  const listening = await relay.start();
  cleanups.push(() => relay.drain(0));
  return {
    relay,
    port: listening,
    terminator: terminator!,
    serviceTls: serviceTls!,
    reloads,
    failures,
    unmet,
  };
}

async function started<T extends AsyncDisposable>(starting: Promise<T>): Promise<T> {
  const one = await starting;
  cleanups.push(() => one[Symbol.asyncDispose]());
  return one;
}

const trusting = (options: tls.ConnectionOptions = {}): tls.ConnectionOptions => ({
  ca: authority.cert,
  servername: 'shop.test',
  ...options,
});

function pattern(length: number, seed: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8) * 7 + seed) & 0xff));
}

describe('bytes inside TLS', () => {
  type Step = { by: 'client' | 'service'; what: { write: number } | 'end' };
  type Last = 'fin' | 'client_reset' | 'service_reset';
  const step = fc.record({
    by: fc.constantFrom<'client' | 'service'>('client', 'service'),
    what: fc.oneof(
      { weight: 5, arbitrary: fc.record({ write: fc.integer({ min: 1, max: 200_000 }) }) },
      { weight: 3, arbitrary: fc.record({ write: fc.integer({ min: 1, max: 10 }) }) },
      { weight: 1, arbitrary: fc.constant<'end'>('end') },
    ),
  });

  async function play(client: EncryptedPeer, accepted: Promise<Peer>, steps: readonly Step[], last: Last) {
    const server = await accepted;
    const peers = { client, service: server };
    // Both have to be through with their handshakes: what an end in the middle of one looks like is chance.
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.socket.write('x');
      await to.until((p) => p.length === 1);
    }
    const sent = { client: 1, service: 1 };
    const ended = new Set<string>();
    // What each side saw first counts: whether it also meets a reset behind an end is chance.
    const saw: { client?: SeenEnd; service?: SeenEnd } = {};
    const firstEnd = async (side: 'client' | 'service'): Promise<SeenEnd> => {
      await peers[side].until((p) => p.end !== 'open');
      return saw[side] ?? peers[side].end;
    };
    for (const { by, what } of steps) {
      if (ended.has(by)) continue;
      if (what === 'end') {
        ended.add(by);
        peers[by].socket.end();
        const other = by === 'client' ? 'service' : 'client';
        await peers[other].until((p) => p.end === 'fin');
        saw[other] = 'fin';
      } else {
        peers[by].socket.write(pattern(what.write, sent[by]));
        sent[by] += what.write;
      }
    }
    await server.until((p) => p.length === sent.client);
    await client.until((p) => p.length === sent.service);
    // Once both have ended, their sockets close by themselves, and whether a reset comes before that is chance.
    const how = ended.size === 2 ? 'fin' : last;
    const ends = Promise.all([
      how === 'client_reset' ? 'its own reset' : firstEnd('client'),
      how === 'service_reset' ? 'its own reset' : firstEnd('service'),
    ]);
    if (how === 'client_reset') client.reset();
    else if (how === 'service_reset') {
      if ('reset' in server) (server as EncryptedPeer).reset();
      else server.socket.resetAndDestroy();
    } else {
      client.socket.end();
      server.socket.end();
    }
    return {
      ends: await ends,
      client: client.received.toString('base64'),
      service: server.received.toString('base64'),
    };
  }

  test.each([
    ['a plain service', 'TLSv1.3', false],
    ['a plain service', 'TLSv1.2', false],
    ['a service that speaks TLS', 'TLSv1.3', true],
    ['a service that speaks TLS', 'TLSv1.2', true],
  ] as const)('reach %s over %s as they reach one past the relay', async (_, maxVersion, encrypted) => {
    const options = { cert: shop.cert, key: shop.key, maxVersion };
    const direct = await started(encryptedService(options));
    const target = encrypted ? direct : await started(service());
    const { port } = await relayTo({ port: target.port, clients: {}, ...(encrypted ? { service: {} } : {}) });
    const client = trusting({ maxVersion });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 10 }),
        fc.constantFrom<Last>('fin', 'client_reset', 'service_reset'),
        async (steps, last) => {
          const through = await play(connectEncrypted(port, client), target.accepted(), steps, last);
          const past = await play(connectEncrypted(direct.port, client), direct.accepted(), steps, last);
          expect(through).toEqual(past);
        },
      ),
      runs(25),
    );
  });

  test('64 MiB to a reader that pauses arrive whole, with a bounded amount in memory', async () => {
    const target = await started(service());
    const { port, relay } = await relayTo({ port: target.port, clients: {} });
    const client = connectEncrypted(port, trusting());
    const server = await target.accepted();
    server.socket.pause();
    const all = Buffer.alloc(64 << 20, pattern(65_521, 3));
    client.socket.write(all);
    let before = -1;
    while (relay.counters.clientBytes !== before) {
      before = relay.counters.clientBytes;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(before).toBeLessThan(32 << 20);
    server.socket.resume();
    client.socket.end();
    await server.until((p) => p.end === 'fin');
    expect(server.received.equals(all)).toBe(true);
  });

  test('are what the tap sees, of both sides, in the clear', async () => {
    const seen: string[] = [];
    const blind = new BlindTaps();
    const looking = (): ConnectionTap => ({
      ...blind.blind(),
      segment: (sender, _slab, source, length) =>
        void seen.push(`${sender} ${source.toString('latin1', 0, length)}`),
      end: (sender, how) => void seen.push(`${sender} ${how}`),
    });
    const target = await started(encryptedService({ cert: shop.cert, key: shop.key }));
    const tap: Tap = { open: looking, blind: () => blind.blind() };
    const { port } = await relayTo({ port: target.port, clients: {}, service: {}, tap });
    const client = connectEncrypted(port, trusting());
    const server = await target.accepted();
    client.socket.write('asked');
    await server.until((p) => p.text === 'asked');
    server.socket.end('told');
    await client.until((p) => p.end === 'fin');
    client.socket.end();
    await server.until((p) => p.end === 'fin');
    expect(seen).toEqual(['client asked', 'service told', 'service fin', 'client fin']);
  });

  test('of clients in the clear reach a service that speaks TLS, with the protocol that they begin', async () => {
    const target = await started(
      encryptedService({ cert: shop.cert, key: shop.key, ALPNProtocols: ['h2', 'http/1.1'] }),
    );
    const { port } = await relayTo({ port: target.port, service: {} });
    for (const [text, protocol] of [
      ['GET / HTTP/1.1\r\n\r\n', 'http/1.1'],
      ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'h2'],
    ] as const) {
      const client = connect(port);
      for (const letter of text) client.socket.write(letter);
      const server = await target.accepted();
      await server.until((p) => p.text === text);
      expect(server.tls.alpnProtocol).toBe(protocol);
      server.socket.end('bye');
      await client.until((p) => p.text === 'bye' && p.end === 'fin');
      client.socket.end();
    }
  });

  test('of a client that says little and ends reach the service all the same', async () => {
    const target = await started(encryptedService({ cert: shop.cert, key: shop.key }));
    const { port } = await relayTo({ port: target.port, service: {} });
    const client = connect(port);
    client.socket.end('PRI');
    const server = await target.accepted();
    await server.until((p) => p.end === 'fin');
    expect(server.text).toBe('PRI');
    server.socket.end('what?');
    await client.until((p) => p.end === 'fin');
    expect(client.text).toBe('what?');
  });
});

describe('the certificate that is shown', () => {
  const shown = async (port: number, servername: string): Promise<string> => {
    const client = connectEncrypted(port, {
      ca: authority.cert,
      servername,
      checkServerIdentity: () => undefined,
    });
    await new Promise((resolve) => client.tls.once('secureConnect', resolve));
    const { subject } = client.tls.getPeerX509Certificate()!;
    client.tls.destroy();
    return subject;
  };

  test('is the one that fits the name that the client asks for, else the first', async () => {
    const target = await started(service());
    const { port } = await relayTo({
      port: target.port,
      clients: { certificates: [shopFiles, pricesFiles] },
    });
    expect(await shown(port, 'prices.test')).toBe('CN=prices.test');
    expect(await shown(port, 'shop.test')).toBe('CN=shop.test');
    expect(await shown(port, 'other.test')).toBe('CN=shop.test');
  });

  test('follows its file, and connections that are open go on', async () => {
    const target = await started(service());
    const files = { cert: join(folder, 'moving.crt'), key: join(folder, 'moving.key') };
    copyFileSync(shopFiles.cert, files.cert);
    copyFileSync(shopFiles.key, files.key);
    const { port, terminator, reloads } = await relayTo({
      port: target.port,
      clients: { certificates: [files] },
    });
    const open = connectEncrypted(port, trusting());
    const server = await target.accepted();
    copyFileSync(pricesFiles.cert, files.cert);
    await expect.poll(() => reloads.length, { timeout: 8_000 }).toBe(1);
    expect(String(reloads[0])).toContain(`not the key of the certificate in ${files.cert}`);
    expect(await shown(port, 'shop.test')).toBe('CN=shop.test');
    copyFileSync(pricesFiles.key, files.key);
    await expect.poll(() => reloads.length, { timeout: 8_000 }).toBe(2);
    expect(reloads[1]).toBeUndefined();
    expect(await shown(port, 'prices.test')).toBe('CN=prices.test');
    expect(terminator.reloads).toMatchObject({ reloads: 1, failures: 1 });
    open.socket.write('still here');
    await server.until((p) => p.text === 'still here');
  });
});

describe('protocols', () => {
  test('are offered to clients as far as a plain service speaks them', async () => {
    const target = await started(service());
    const agreed = async (port: number, offers: string[]) => {
      const client = connectEncrypted(port, trusting({ ALPNProtocols: offers }));
      await new Promise((resolve) => client.tls.once('secureConnect', resolve).once('error', resolve));
      const { alpnProtocol } = client.tls;
      client.tls.destroy();
      return alpnProtocol;
    };
    const one = await relayTo({ port: target.port, clients: {} });
    expect(await agreed(one.port, ['h2', 'http/1.1'])).toBe('http/1.1');
    expect(await agreed(one.port, ['h2'])).toBe(null);
    expect(one.terminator.failures.protocol).toBe(1);
    expect(one.unmet).toEqual([['h2']]);
    const both = await relayTo({ port: target.port, clients: {}, protocols: ['h2', 'http/1.1'] });
    expect(await agreed(both.port, ['http/1.1', 'h2'])).toBe('h2');
    expect(await agreed(both.port, ['http/1.1'])).toBe('http/1.1');
    expect(both.unmet).toEqual([]);
  });

  test.each([
    [['h2', 'http/1.1'], ['http/1.1', 'h2'], 'h2'],
    [['http/1.1'], ['h2', 'http/1.1'], 'http/1.1'],
    [undefined, ['h2', 'http/1.1'], false],
    [['h2'], undefined, false],
  ])(
    'that the service takes of %j when the client offers %j are what both speak',
    async (served, offered, agreed) => {
      const target = await started(
        encryptedService({ cert: shop.cert, key: shop.key, ...(served && { ALPNProtocols: served }) }),
      );
      const { port } = await relayTo({ port: target.port, clients: {}, service: {} });
      const client = connectEncrypted(port, trusting(offered && { ALPNProtocols: offered }));
      const server = await target.accepted();
      client.socket.write('x');
      await server.until((p) => p.text === 'x');
      expect([client.tls.alpnProtocol, server.tls.alpnProtocol]).toEqual([agreed, agreed]);
    },
  );
});

describe("clients' certificates", () => {
  let known: MadeCertificate;
  let stranger: MadeCertificate;
  beforeAll(() => {
    known = makeCertificate({ name: 'client', by: authority });
    stranger = makeCertificate({ name: 'stranger' });
  });
  const admitted = async (port: number, certificate: MadeCertificate | undefined, text: string) => {
    const { cert, key } = certificate ?? {};
    const client = connectEncrypted(port, trusting({ ...(cert && key ? { cert, key } : {}) }));
    client.socket.write(text);
    await client.until((p) => p.text === 'yes' || p.end !== 'open');
    client.socket.destroy();
    return client.text === 'yes';
  };

  test.each([
    ['required', true, [true, false, false]],
    ['optional', false, [true, false, true]],
  ])(
    '%s: one of the authority is let in, a stranger never, none as is said',
    async (_, required, expected) => {
      const target = await started(service());
      const { port, terminator } = await relayTo({
        port: target.port,
        clients: { clients: { ca: caFile, required } },
      });
      void (async () => {
        for (;;) (await target.accepted()).socket.write('yes');
      })();
      const seen = [
        await admitted(port, known, 'a'),
        await admitted(port, stranger, 'b'),
        await admitted(port, undefined, 'c'),
      ];
      expect(seen).toEqual(expected);
      expect(terminator.failures.client_certificate).toBe(expected.filter((ok) => !ok).length);
    },
  );
});

describe('a handshake that fails', () => {
  test('is counted by its reason and harms nobody else', async () => {
    const target = await started(service());
    const { port, terminator, relay } = await relayTo({ port: target.port, clients: {} });
    const good = connectEncrypted(port, trusting());
    const server = await target.accepted();
    const plain = connect(port);
    plain.socket.write('GET / HTTP/1.1\r\n\r\n');
    await plain.until((p) => p.end !== 'open');
    const gone = connect(port);
    gone.socket.write(Buffer.from([22, 3, 1]));
    gone.socket.end();
    await gone.until((p) => p.end !== 'open');
    const garbled = connect(port);
    garbled.socket.write(Buffer.from([22, 3, 1, 0, 8, 1, 0, 0, 4, 0, 0, 0, 0]));
    await garbled.until((p) => p.end !== 'open');
    const old = connectEncrypted(
      port,
      trusting({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' }),
    );
    await old.until((p) => p.end !== 'open');
    await expect
      .poll(() => terminator.failures)
      .toEqual({ not_tls: 1, timeout: 0, closed: 1, client_certificate: 0, protocol: 2 });
    await expect.poll(() => relay.counters.open).toBe(1);
    good.socket.write('fine');
    await server.until((p) => p.text === 'fine');
  });

  test('fed with anything at all leaves nothing behind', async () => {
    const target = await started(service());
    const { port, relay } = await relayTo({ port: target.port, clients: {} });
    const byte = fc.oneof(fc.constantFrom(22, 3, 1, 0), fc.nat(255));
    const bytes = fc.array(byte, { maxLength: 300 }).map((list) => Buffer.from(list));
    await fc.assert(
      fc.asyncProperty(bytes, fc.boolean(), async (sent, resets) => {
        const client = connect(port);
        client.socket.write(sent);
        if (resets) client.socket.resetAndDestroy();
        else {
          client.socket.end();
          await client.until((p) => p.end !== 'open');
        }
      }),
      runs(100),
    );
    await expect.poll(() => relay.counters.open).toBe(0);
    expect(relay.counters.tapFaults).toBe(0);
  });
});

describe('a service that cannot be reached by TLS', () => {
  const ends = async (port: number, options: Partial<Wanted>) => {
    const told: string[] = [];
    const blind = new BlindTaps();
    const looking = (): ConnectionTap => ({
      ...blind.blind(),
      segment: (sender, _slab, source, length) =>
        void told.push(`${sender} ${source.toString('latin1', 0, length)}`),
      end: (sender, how) => void told.push(`${sender} ${how}`),
    });
    const tap: Tap = { open: looking, blind: () => blind.blind() };
    const relay = await relayTo({ port, clients: {}, service: {}, tap, ...options });
    const client = connectEncrypted(relay.port, trusting({ ALPNProtocols: ['h2', 'http/1.1'] }));
    client.socket.write('asked');
    await client.until((p) => p.end !== 'open');
    await expect.poll(() => relay.relay.counters.open).toBe(0);
    return { told, alpn: client.tls.alpnProtocol, end: client.end, failures: relay.failures };
  };

  test('as nothing listens: the request is seen, and the client is reset', async () => {
    const { told, alpn, end, failures } = await ends(await deadPort(), {});
    expect(told.slice(0, 2)).toEqual(['client asked', 'service refused']);
    expect([alpn, end]).toEqual(['http/1.1', 'reset']);
    expect(failures).toEqual([]);
  });

  test('as its certificate is of another name or authority: the reason is told', async () => {
    const target = await started(encryptedService({ cert: shop.cert, key: shop.key }));
    const named = await ends(target.port, { service: { serverName: 'other.test' } });
    expect(named.told.slice(0, 2)).toEqual(['client asked', 'service unreachable']);
    expect(named.failures.map(({ message }) => message).join()).toContain('other.test');
    const foreign = join(folder, 'foreign.crt');
    writeFileSync(foreign, makeCertificate({ name: 'foreign', authority: true }).cert);
    const untrusted = await ends(target.port, { service: { ca: foreign } });
    expect(untrusted.failures.map((error) => Reflect.get(error, 'code'))).toEqual([
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    ]);
  });

  test('as it hangs up at once', async () => {
    const server = net.createServer((socket) => socket.destroy());
    server.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    cleanups.push(() => server.close());
    const { told, failures } = await ends((server.address() as net.AddressInfo).port, {});
    expect(told.slice(0, 2)).toEqual(['client asked', 'service unreachable']);
    expect(failures).toHaveLength(1);
  });

  test('unless our own certificate is shown to it, where it asks for one', async () => {
    const target = await started(
      encryptedService({ cert: shop.cert, key: shop.key, ca: authority.cert, requestCert: true }),
    );
    const certificate = writeCertificate(folder, 'own', makeCertificate({ name: 'relay', by: authority }));
    const { port } = await relayTo({ port: target.port, clients: {}, service: { certificate } });
    const client = connectEncrypted(port, trusting());
    client.socket.write('x');
    const server = await target.accepted();
    await server.until((p) => p.text === 'x');
    expect(server.tls.getPeerX509Certificate()?.subject).toBe('CN=relay');
  });
});

describe('files that are no certificates', () => {
  test.each([
    ['missing', 'is missing', /missing\.crt cannot be used for TLS: it cannot be read \(ENOENT\)/],
    ['text', 'is no PEM', /text\.crt cannot be used for TLS: it holds no PEM certificate/],
    ['swapped', 'holds the key', /swapped\.crt cannot be used for TLS: it holds a key, and no certificate/],
    [
      'other',
      "has another's key",
      /other\.key cannot be used for TLS: it is not the key of the certificate in/,
    ],
  ])('%s.crt %s: the error names file and reason', (stem, _, message) => {
    const files = { cert: join(folder, `${stem}.crt`), key: join(folder, `${stem}.key`) };
    if (stem === 'text') writeFileSync(files.cert, 'nothing');
    if (stem === 'swapped') writeFileSync(files.cert, shop.key);
    if (stem === 'other') writeFileSync(files.cert, shop.cert);
    if (stem !== 'missing') copyFileSync(pricesFiles.key, files.key);
    else writeFileSync(files.key, shop.key);
    expect(() => new Terminator({ certificates: [files], onReload: () => {} })).toThrow(message);
  });
});

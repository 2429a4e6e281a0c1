import { createServer, type Socket } from 'node:net';
import tls from 'node:tls';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readClientHello } from '../../../wire/tls/client-hello.ts';
import { runs } from '../../properties.ts';

/** What Node's own client sends first. */
async function helloOf(options: tls.ConnectionOptions): Promise<Buffer> {
  const accepted: Promise<Socket>[] = [];
  const server = createServer((socket) => accepted.push(Promise.resolve(socket)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const client = tls.connect({ port, host: '127.0.0.1', ...options }).on('error', () => {});
  const socket = await new Promise<Socket>((resolve) => server.once('connection', resolve));
  const bytes = await new Promise<Buffer>((resolve) => socket.once('data', resolve));
  client.destroy();
  server.close();
  return bytes;
}

/** The same handshake message in records of other lengths (RFC 8446 section 5.1). */
function cut(hello: Buffer, lengths: readonly number[]): Buffer {
  const message = hello.subarray(5);
  const records: Buffer[] = [];
  let at = 0;
  for (const length of [...lengths, message.length]) {
    const piece = message.subarray(at, at + length);
    if (piece.length === 0) break;
    records.push(Buffer.from([22, 3, 1, piece.length >> 8, piece.length & 0xff]), piece);
    at += length;
  }
  return Buffer.concat(records);
}

test.each([
  [
    { servername: 'Shop.Test', ALPNProtocols: ['h2', 'http/1.1'] },
    { serverName: 'shop.test', protocols: ['h2', 'http/1.1'] },
  ],
  [
    { servername: 'shop.test', maxVersion: 'TLSv1.2' as const },
    { serverName: 'shop.test', protocols: [] },
  ],
  [{}, { serverName: undefined, protocols: [] }],
])("Node's client with %j is read as what it asks for", async (options, found) => {
  expect(readClientHello(await helloOf(options))).toEqual(found);
});

test('a hello is the same however it is cut into records, and not read before it is whole', async () => {
  const hello = await helloOf({ servername: 'shop.test', ALPNProtocols: ['h2'] });
  const whole = readClientHello(hello);
  const lengths = fc.array(fc.integer({ min: 4, max: 200 }), { maxLength: 30 });
  fc.assert(
    fc.property(lengths, fc.nat(2_000), (lengths, length) => {
      const records = cut(hello, lengths);
      expect(readClientHello(records)).toEqual(whole);
      if (length < records.length) expect(readClientHello(records.subarray(0, length))).toBe('more');
    }),
  );
});

test('a hello with bytes changed is read, or found unreadable, and nothing else', async () => {
  const hello = await helloOf({ servername: 'shop.test', ALPNProtocols: ['h2'] });
  const change = fc.tuple(fc.nat(hello.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
      const bytes = Buffer.from(hello);
      for (const [at, value] of changes) bytes[at] = value;
      const found = readClientHello(bytes);
      if (typeof found === 'string') expect(['more', 'not_tls', 'unreadable']).toContain(found);
      else expect(found.protocols.every((protocol) => /^[\x21-\x7e]+$/.test(protocol))).toBe(true);
    }),
    runs(2_000),
  );
});

test('what is not TLS is told from its first bytes', () => {
  expect(readClientHello(Buffer.from('GET / HTTP/1.1\r\n'))).toBe('not_tls');
  expect(readClientHello(Buffer.from([0x80, 0x2e, 1]))).toBe('not_tls');
  expect(readClientHello(Buffer.from([22, 3]))).toBe('more');
  expect(readClientHello(Buffer.from([22, 3, 1, 0x40, 0, 1, 1, 0, 0]))).toBe('unreadable');
});

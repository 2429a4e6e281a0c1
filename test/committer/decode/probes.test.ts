import { once } from 'node:events';
import http2 from 'node:http2';
import net from 'node:net';
import { expect, test } from 'vitest';
import { WindowDecoder } from '../../../committer/decode/window-decoder.ts';
import { preface } from '../../../wire/first-bytes.ts';
import { Recorded } from '../../interceptor/parts/recorded.ts';
import { batchOf, decode, startWallMs, Wire } from './window.ts';

/* Connections that are seen from their beginning: the window's edge takes nothing of them. */

const settings = '\0\0\0\x04\0\0\0\0\0';
const goaway = '\0\0\x08\x07\0\0\0\0\0\0\0\0\0\0\0\0\0';
const half = Buffer.from(preface).toString('latin1', 0, 15);
/** A record without the scanner of HTTP/1 having looked at it. */
const said = (wire: Wire, sender: 'client' | 'service', bytes: string, offset = 0): void => {
  const at = { connection: wire.connection, time: 0 };
  wire.records.push({ kind: 'data', ...at, sender, offset, bytes: Buffer.from(bytes, 'latin1') });
};

test.each([
  ['both end', ['client', 'service'] as const],
  ['the service ends first', ['service', 'client'] as const],
  ['the window ends first', [] as const],
])('of a client that said nothing to a service that speaks first nothing is lost: %s', (_, ends) => {
  const wire = new Wire();
  said(wire, 'service', settings);
  for (const [at, sender] of ends.entries()) {
    wire.end(sender, 'fin');
    if (at === 0 && sender === 'client') said(wire, 'service', goaway, settings.length);
  }
  expect(decode([batchOf(wire.records)])).toEqual({ exchanges: [], gaps: [] });
});

test('a client that left half-said what it speaks spoke nothing that is decoded', () => {
  const wire = new Wire();
  said(wire, 'service', settings);
  said(wire, 'client', half);
  wire.end('client', 'fin').end('service', 'fin');
  const { exchanges, gaps } = decode([batchOf(wire.records)]);
  expect(exchanges).toEqual([]);
  expect(gaps).toMatchObject([
    { cause: 'malformed', unit: 'bytes', count: settings.length },
    { cause: 'opaque', unit: 'bytes', count: half.length },
  ]);
});

test('an answer that nobody asked for is malformed', () => {
  const wire = new Wire().service('HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n');
  wire.end('service', 'fin').end('client', 'fin');
  expect(decode([batchOf(wire.records)]).gaps).toMatchObject([{ cause: 'malformed', unit: 'bytes' }]);
});

test('a head that the window ends in was under way', () => {
  const wire = new Wire().client('GET / HTTP/1.1\r\nHost: sh');
  expect(decode([batchOf(wire.records)]).gaps).toMatchObject([{ cause: 'in_flight_limit', unit: 'bytes' }]);
});

test('what is behind a hole is lost by it', () => {
  const wire = new Wire();
  const opened = batchOf([...wire.records]);
  wire.records.length = 0;
  said(wire, 'service', 'gone on', 70);
  const { gaps } = decode([opened, undefined, batchOf(wire.records)]);
  expect(gaps).toMatchObject([{ cause: 'ledger_overload', unit: 'bytes', count: 7 }]);
});

test('without its beginning it may be cut by the window', () => {
  const wire = new Wire();
  wire.records.length = 0;
  said(wire, 'service', settings);
  wire.end('client', 'fin').end('service', 'fin');
  expect(decode([batchOf(wire.records)]).gaps).toMatchObject([{ cause: 'window_edge', unit: 'bytes' }]);
});

test('a bare connect to a server of node:http2 leaves no gap', async () => {
  const server = http2.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address() as net.AddressInfo;
  await using recorded = await Recorded.start({}, { targetPort: address.port });
  const socket = net.connect(recorded.port, '127.0.0.1');
  await once(socket, 'data');
  socket.end();
  socket.resume();
  await once(socket, 'close');
  const decoder = new WindowDecoder({ startWallMs, bodyLimit: 1 << 20 });
  decoder.push(batchOf(await recorded.records()));
  expect(decoder.end()).toEqual([]);
  expect(decoder.gaps).toEqual([]);
  server.close();
});

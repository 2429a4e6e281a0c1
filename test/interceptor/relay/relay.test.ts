import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BlindTaps } from '../../../interceptor/relay/blind.ts';
import { Relay, type RelayOptions } from '../../../interceptor/relay/listener.ts';
import { SlabPool } from '../../../interceptor/relay/slab.ts';
import { readBytes, type Tap } from '../../../interceptor/relay/tap.ts';
import { Transit } from '../../../interceptor/relay/transit.ts';
import { runs } from '../../properties.ts';
import { connect, deadPort, type Peer, type Service, service } from '../parts/sockets.ts';

const cleanups: (() => Promise<unknown>)[] = [];
let target: Service;

beforeEach(async () => {
  target = await service();
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
  await target[Symbol.asyncDispose]();
});

async function relayTo(port: number, options: Partial<RelayOptions> = {}) {
  const relay = new Relay({
    listen: { host: '127.0.0.1', port: 0 },
    to: { host: '127.0.0.1', port },
    tap: new BlindTaps(),
    connectionLimit: 100,
    ...options,
  });
  const listening = await relay.start();
  cleanups.push(() => relay.drain(0));
  return { relay, port: listening };
}

async function pair(port: number): Promise<[client: Peer, server: Peer]> {
  const client = connect(port);
  return [client, await target.accepted()];
}

function pattern(length: number, seed: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >> 8) * 7 + seed) & 0xff;
  return bytes;
}

/** What a script of writes and endings leaves at both peers. */
interface Step {
  readonly by: 'client' | 'service';
  readonly what: { readonly write: number } | 'end';
}

async function play(port: number, steps: readonly Step[], last: 'fin' | 'client_reset' | 'service_reset') {
  const [client, server] = await pair(port);
  const peers = { client, service: server };
  const sent = { client: 0, service: 0 };
  const ended = new Set<string>();
  for (const { by, what } of steps) {
    if (ended.has(by)) continue;
    const from = peers[by];
    const to = by === 'client' ? server : client;
    if (what === 'end') {
      ended.add(by);
      from.socket.end();
      await to.until((p) => p.end === 'fin');
    } else {
      from.socket.write(pattern(what.write, sent[by]));
      sent[by] += what.write;
    }
  }
  await server.until((p) => p.length === sent.client);
  await client.until((p) => p.length === sent.service);
  if (last === 'fin') {
    client.socket.end();
    server.socket.end();
  } else if (last === 'client_reset') client.socket.resetAndDestroy();
  else server.socket.resetAndDestroy();
  if (last !== 'client_reset') await client.until((p) => p.end !== 'open');
  if (last !== 'service_reset') await server.until((p) => p.end !== 'open');
  return {
    client: client.received.toString('base64'),
    service: server.received.toString('base64'),
    clientEnd: client.end,
    serviceEnd: server.end,
  };
}

describe('bytes', () => {
  const step = fc.record({
    by: fc.constantFrom('client' as const, 'service' as const),
    what: fc.oneof(
      { weight: 5, arbitrary: fc.record({ write: fc.integer({ min: 1, max: 300_000 }) }) },
      { weight: 3, arbitrary: fc.record({ write: fc.integer({ min: 1, max: 10 }) }) },
      { weight: 1, arbitrary: fc.constant('end' as const) },
    ),
  });

  test('both peers see through the relay what they see past it, to the way that it ends', async () => {
    const { port } = await relayTo(target.port);
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 12 }),
        fc.constantFrom('fin' as const, 'client_reset' as const, 'service_reset' as const),
        async (steps, last) => {
          expect(await play(port, steps, last)).toEqual(await play(target.port, steps, last));
        },
      ),
      runs(60),
    );
  });

  test('64 MiB to a reader that pauses arrive whole, with a bounded amount in memory', async () => {
    const { port, relay } = await relayTo(target.port);
    const [client, server] = await pair(port);
    server.socket.pause();
    const all = pattern(64 << 20, 3);
    client.socket.write(all);
    let before = -1;
    while (relay.counters.clientBytes !== before) {
      before = relay.counters.clientBytes;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(before).toBeLessThan(32 << 20);
    let got = 0;
    let same = true;
    server.socket.removeAllListeners('data');
    server.socket.on('data', (bytes: Buffer) => {
      same &&= bytes.equals(all.subarray(got, got + bytes.length));
      got += bytes.length;
    });
    server.socket.resume();
    client.socket.end();
    await server.until((p) => p.end === 'fin');
    expect(got).toBe(all.length);
    expect(same).toBe(true);
  });

  test('a reader that pauses while slabs are crowded holds none of them, and gets every byte', async () => {
    const pool = new SlabPool(readBytes, 4);
    const crowd = Array.from({ length: 200 }, () => pool.take());
    const before = pool.outBytes;
    const { port } = await relayTo(target.port, { tap: new BlindTaps(new Transit(pool)) });
    const [client, server] = await pair(port);
    server.socket.pause();
    const all = pattern(24 << 20, 5);
    const sent = new Promise((resolve) => client.socket.write(all, resolve));
    await expect.poll(() => client.socket.writableLength).toBe(all.length);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(pool.outBytes).toBe(before + readBytes);
    server.socket.resume();
    await sent;
    await server.until((p) => p.length === all.length);
    expect(server.received.equals(all)).toBe(true);
    for (const slab of crowd) slab.release();
  });

  test('a target named localhost is found on either family', async () => {
    const six = createServer((socket) => socket.on('error', () => socket.destroy()).end('six'));
    six.listen(0, '::1');
    await once(six, 'listening');
    const { port } = await relayTo(0, {
      to: { host: 'localhost', port: (six.address() as AddressInfo).port },
    });
    await connect(port).until((p) => p.text === 'six');
    six.close();
    const four = await relayTo(0, { to: { host: 'localhost', port: target.port } });
    const client = connect(four.port);
    (await target.accepted()).socket.end('four');
    await client.until((p) => p.text === 'four');
  });

  test('a half-closed client still gets the whole answer', async () => {
    const { port } = await relayTo(target.port);
    const [client, server] = await pair(port);
    client.socket.end('question');
    await server.until((p) => p.end === 'fin');
    server.socket.end('answer');
    await client.until((p) => p.end === 'fin');
    expect(server.text).toBe('question');
    expect(client.text).toBe('answer');
  });
});

describe('endings', () => {
  test('a reset of the client reaches the service as a reset', async () => {
    const { port } = await relayTo(target.port);
    const [client, server] = await pair(port);
    client.socket.write('half a req');
    await server.until((p) => p.length > 0);
    client.socket.resetAndDestroy();
    await server.until((p) => p.end === 'reset');
  });

  test('what the service sent before its reset still arrives', async () => {
    const { port } = await relayTo(target.port);
    const [client, server] = await pair(port);
    client.socket.write('x');
    await server.until((p) => p.length > 0);
    server.socket.write('HTTP/1.1 200 OK\r\n', () => server.socket.resetAndDestroy());
    await client.until((p) => p.end === 'reset');
  });

  test('a client whose service refuses sees a reset', async () => {
    const { port, relay } = await relayTo(await deadPort());
    const client = connect(port);
    await client.until((p) => p.end === 'reset');
    await expect.poll(() => relay.counters.open).toBe(0);
  });

  test('a tap is told refused, reset and fin, by sender', async () => {
    const told: string[] = [];
    const blind = new BlindTaps();
    const tap: Tap = {
      open: () => ({ ...blind.blind(), end: (sender, how) => told.push(`${sender} ${how}`) }),
      blind: () => blind.blind(),
    };
    const { port } = await relayTo(await deadPort(), { tap });
    await connect(port).until((p) => p.end === 'reset');
    expect(told).toEqual(['service refused']);
    told.length = 0;
    const live = await relayTo(target.port, { tap });
    const [client, server] = await pair(live.port);
    client.socket.end();
    await server.until((p) => p.end === 'fin');
    server.socket.resetAndDestroy();
    await client.until((p) => p.end === 'reset');
    expect(told).toEqual(['client fin', 'service reset']);
  });
});

describe('the connection limit', () => {
  test('the connection past it waits for a place, the one past those that wait is reset, both are counted', async () => {
    const { port, relay } = await relayTo(target.port, { connectionLimit: 1 });
    const [first, firstServer] = await pair(port);
    first.socket.write('1');
    await firstServer.until((p) => p.text === '1');
    const second = connect(port);
    second.socket.write('2');
    const third = connect(port);
    await third.until((p) => p.end === 'reset');
    expect(relay.counters).toMatchObject({ accepted: 3, open: 1, waiting: 1, refused: 1 });
    first.socket.end();
    firstServer.socket.end();
    const secondServer = await target.accepted();
    await secondServer.until((p) => p.text === '2');
    expect(relay.counters).toMatchObject({ open: 1, waiting: 0 });
  });
});

describe('a fault of the tap', () => {
  const faults = ['open', 'reserve', 'segment', 'end', 'close'] as const;
  test.each(faults)('in %s changes no byte and is counted', async (where) => {
    const blind = new BlindTaps();
    const broken = () => {
      throw new Error('injected');
    };
    const tap: Tap = {
      open: where === 'open' ? broken : () => ({ ...blind.blind(), [where]: broken }),
      blind: () => blind.blind(),
    };
    const seen: unknown[] = [];
    const { port, relay } = await relayTo(target.port, { tap, onTapFault: (fault) => seen.push(fault) });
    const steps: Step[] = [
      { by: 'client', what: { write: 1000 } },
      { by: 'service', what: { write: 200_000 } },
      { by: 'client', what: 'end' },
    ];
    expect(await play(port, steps, 'fin')).toEqual(await play(target.port, steps, 'fin'));
    await expect.poll(() => relay.counters.tapFaults).toBe(1);
    expect(seen).toHaveLength(1);
  });
});

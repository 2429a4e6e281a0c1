import fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';
import { Batches } from '../../../interceptor/observe/batches.ts';
import { BatchSealer } from '../../../sealing/index.ts';
import { answer, marksOf, Recorded, type Rules, request, textOf } from '../parts/recorded.ts';
import type { Peer } from '../parts/sockets.ts';

let recorded: Recorded;
afterEach(async () => {
  await recorded[Symbol.asyncDispose]();
});

async function start(rules: Rules = {}): Promise<[client: Peer, server: Peer]> {
  recorded = await Recorded.start(rules);
  return recorded.pair();
}

/** Sends, and waits until the other side has it: the next write is a segment of its own. */
async function send(from: Peer, to: Peer, text: string): Promise<void> {
  const before = to.length;
  from.socket.write(text, 'latin1');
  await to.until((peer) => peer.length >= before + text.length);
}

async function exchange(client: Peer, server: Peer, asked: string, answered: string): Promise<void> {
  await send(client, server, asked);
  await send(server, client, answered);
}

describe('what is recorded', () => {
  test('is every byte of both senders, marked where messages begin', async () => {
    const [client, server] = await start();
    await exchange(client, server, request('/a'), answer(200, 'first'));
    await exchange(client, server, request('/b'), answer(200, 'second'));
    const records = await recorded.records();
    expect(textOf(records, 1, 'client')).toBe(server.text);
    expect(textOf(records, 1, 'service')).toBe(client.text);
    expect(marksOf(records, 1, 'client')).toEqual([
      { message: 0, offset: 0 },
      { message: 1, offset: request('/a').length },
    ]);
    expect(marksOf(records, 1, 'service')).toEqual([
      { message: 0, offset: 0 },
      { message: 1, offset: answer(200, 'first').length },
    ]);
    expect(recorded.interceptor.state.observer.exchanges).toBe(2);
  });

  test('of pipelined requests in one segment has a mark for the first alone', async () => {
    const [client, server] = await start();
    await send(client, server, request('/a') + request('/b') + request('/c'));
    await send(server, client, answer(200, '1') + answer(200, '2') + answer(200, '3'));
    const records = await recorded.records();
    expect(marksOf(records, 1, 'client')).toEqual([{ message: 0, offset: 0 }]);
    expect(marksOf(records, 1, 'service')).toEqual([{ message: 0, offset: 0 }]);
    expect(recorded.interceptor.state.observer.exchanges).toBe(3);
  });

  test('begins and ends with the connection', async () => {
    const [client, server] = await start();
    client.socket.end();
    await server.until((peer) => peer.end === 'fin');
    server.socket.resetAndDestroy();
    await client.until((peer) => peer.end === 'reset');
    expect(await recorded.records()).toMatchObject([
      { kind: 'open', connection: 1, service: 'checkout:8080' },
      { kind: 'end', sender: 'client', how: 'fin' },
      { kind: 'end', sender: 'service', how: 'reset' },
    ]);
  });
});

describe('what is left out', () => {
  const probe = request('/healthz', 'User-Agent: kube-probe/1.34\r\n');

  test('by the ignore rules passes, and leaves a skip where it stood', async () => {
    const [client, server] = await start();
    await exchange(client, server, request('/a'), answer(200, 'kept'));
    await exchange(client, server, probe, answer(503, 'probed'));
    await exchange(client, server, request('/b'), answer(200, 'kept too'));
    const records = await recorded.records();
    expect(textOf(records, 1, 'client')).toBe(request('/a') + '·'.repeat(probe.length) + request('/b'));
    expect(textOf(records, 1, 'service')).toBe(
      answer(200, 'kept') + '·'.repeat(answer(503, 'probed').length) + answer(200, 'kept too'),
    );
    expect(marksOf(records, 1, 'client').map(({ message }) => message)).toEqual([0, 2]);
    expect(records.filter((record) => record.kind === 'skip').map(({ cause }) => cause)).toEqual([
      'ignored',
      'ignored',
    ]);
    expect(recorded.interceptor.state.observer).toMatchObject({ ignoredExchanges: 1, fired: {} });
  });

  test('is found among pipelined requests, and in a head that comes in pieces', async () => {
    const [client, server] = await start();
    await send(client, server, request('/a') + probe.slice(0, 20));
    await send(client, server, probe.slice(20) + request('/b'));
    await send(server, client, answer(200, '1') + answer(200, '2') + answer(200, '3'));
    const records = await recorded.records();
    expect(textOf(records, 1, 'client')).toBe(
      request('/a') + probe.slice(0, 20) + '·'.repeat(probe.length - 20) + request('/b'),
    );
    expect(textOf(records, 1, 'service')).toBe(
      answer(200, '1') + '·'.repeat(answer(200, '2').length) + answer(200, '3'),
    );
    expect(marksOf(records, 1, 'service').map(({ message }) => message)).toEqual([0, 2]);
  });

  test('are bodies where the tunnel keeps no payloads, chunked ones with their framing', async () => {
    const [client, server] = await start({ capture: { payloads: false } });
    const post = 'POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\n';
    const head = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';
    const body = '5\r\nhello\r\n0\r\nA: b\r\n\r\n';
    await exchange(client, server, `${post}secret`, head + body);
    await exchange(client, server, request('/b'), answer(204, ''));
    const records = await recorded.records();
    expect(textOf(records, 1, 'client')).toBe(`${post}······${request('/b')}`);
    expect(textOf(records, 1, 'service')).toBe(head + '·'.repeat(body.length) + answer(204, ''));
    expect(records.filter((record) => record.kind === 'message_end')).toMatchObject([
      { sender: 'client', message: 0, offset: post.length + 6 },
      { sender: 'service', message: 0, offset: head.length + body.length },
    ]);
    expect(recorded.interceptor.state.observer.leftOutBytes).toEqual({ payloads_off: 6 + body.length });
  });

  test('is what a body has beyond the limit, however many segments it fills', async () => {
    const [client, server] = await start({ capture: { bodyLimit: 4 } });
    const whole = answer(200, 'abcdefghij');
    const head = whole.slice(0, -10);
    await send(client, server, request('/a') + request('/b'));
    await send(server, client, whole.slice(0, -8));
    await send(server, client, whole.slice(-8, -4));
    await send(server, client, whole.slice(-4) + answer(200, 'abcd'));
    const records = await recorded.records();
    expect(textOf(records, 1, 'service')).toBe(`${head}abcd······${answer(200, 'abcd')}`);
    expect(records.filter((record) => record.kind === 'message_end')).toMatchObject([
      { message: 0, offset: whole.length },
    ]);
    expect(marksOf(records, 1, 'service')).toEqual([
      { message: 0, offset: 0 },
      { message: 1, offset: whole.length },
    ]);
  });
});

describe('an opaque connection', () => {
  async function opaqueCounts(): Promise<object> {
    const { opaqueConnections, opaqueBytes } = recorded.interceptor.state.observer;
    const causes = Object.entries(opaqueConnections).filter(([, count]) => count > 0);
    return { ...Object.fromEntries(causes), bytes: opaqueBytes };
  }

  test('is one that was upgraded to what has no observer: relayed both ways and not recorded', async () => {
    const [client, server] = await start();
    const upgrade = request('/chat', 'Connection: Upgrade\r\nUpgrade: chat\r\n');
    const switched = 'HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n';
    await exchange(client, server, upgrade, `${switched}\x81\x02hi`);
    await exchange(client, server, '\x81\x82maskhi', '\x88\x00');
    expect(client.text).toBe(`${switched}\x81\x02hi\x88\x00`);
    const records = await recorded.records();
    expect(textOf(records, 1, 'client')).toBe(upgrade);
    expect(textOf(records, 1, 'service')).toBe(switched);
    expect(records).toContainEqual(expect.objectContaining({ kind: 'opaque', cause: 'opaque' }));
    expect(await opaqueCounts()).toEqual({ upgrade: 1, bytes: 14 });
  });

  test('is a tunnel that CONNECT opened, once its answer is recorded', async () => {
    const [client, server] = await start();
    const ask = 'CONNECT db:5432 HTTP/1.1\r\nHost: db\r\n\r\n';
    await exchange(client, server, ask, 'HTTP/1.1 200 Connected\r\n\r\n');
    await exchange(client, server, 'raw bytes', 'raw answer');
    const records = await recorded.records();
    expect(textOf(records, 1, 'client')).toBe(ask);
    expect(textOf(records, 1, 'service')).toBe('HTTP/1.1 200 Connected\r\n\r\n');
    expect(await opaqueCounts()).toEqual({ upgrade: 1, bytes: 19 });
  });

  test('is one that speaks no HTTP', async () => {
    const [client, server] = await start();
    await exchange(client, server, '\x16\x09\x01\x02\x00', 'SSH-2.0-x\r\n');
    expect(server.text).toBe('\x16\x09\x01\x02\x00');
    expect(textOf(await recorded.records(), 1, 'client')).toBe('');
    expect(await opaqueCounts()).toEqual({ not_http: 1, bytes: 16 });
  });

  test('is one of TLS, however its first bytes come', async () => {
    const [client, server] = await start();
    await send(client, server, '\x16');
    await exchange(client, server, '\x03\x01\x02\x00', '\x16\x03\x03\x00');
    expect(server.text).toBe('\x16\x03\x01\x02\x00');
    expect(await recorded.records()).toContainEqual(
      expect.objectContaining({ kind: 'opaque', cause: 'tls' }),
    );
    expect(await opaqueCounts()).toEqual({ tls: 1, bytes: 8 });
  });

  test('is not one whose request comes byte by byte, like the beginning of another protocol', async () => {
    const [client, server] = await start();
    const asked = request('/a').replace('GET', 'PROPFIND');
    for (const byte of asked.slice(0, 4)) await send(client, server, byte);
    await exchange(client, server, asked.slice(4), answer(500, 'told'));
    const records = await recorded.records();
    expect(textOf(records, 1, 'client')).toBe(asked);
    expect(textOf(records, 1, 'service')).toBe(answer(500, 'told'));
    expect(records).toContainEqual(expect.objectContaining({ fingerprint: 'PROPFIND /a 500' }));
    expect(await opaqueCounts()).toEqual({ bytes: 0 });
  });

  test('is one with malformed HTTP, which passes unchanged and is told as malformed', async () => {
    const [client, server] = await start();
    await exchange(client, server, request('/a'), answer(200, 'fine'));
    const malformed = 'GET /b HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx';
    await exchange(client, server, malformed, answer(400, 'no'));
    expect(server.text).toBe(request('/a') + malformed);
    expect(client.text).toBe(answer(200, 'fine') + answer(400, 'no'));
    const records = await recorded.records();
    expect(records).toContainEqual(expect.objectContaining({ kind: 'opaque', cause: 'malformed' }));
    expect(textOf(records, 1, 'service')).toBe(answer(200, 'fine'));
  });

  test('does not swallow the answers to requests before what was malformed', async () => {
    const [client, server] = await start();
    await send(client, server, `${request('/a')}\x00\x01`);
    await send(server, client, answer(500, 'late'));
    const records = await recorded.records();
    expect(textOf(records, 1, 'service')).toBe(answer(500, 'late'));
    expect(records.filter(({ kind }) => kind === 'trigger' || kind === 'opaque')).toMatchObject([
      { kind: 'trigger', fingerprint: 'GET /a 500' },
      { kind: 'opaque' },
    ]);
  });
});

test('a fault of an observer changes no byte, makes the connection opaque and is counted', async () => {
  const [client, server] = await start();
  await exchange(client, server, request('/a'), answer(200, 'fine'));
  const { mark } = Batches.prototype;
  Batches.prototype.mark = () => {
    throw new Error('injected');
  };
  try {
    await exchange(client, server, request('/b'), answer(200, 'still fine'));
  } finally {
    Batches.prototype.mark = mark;
  }
  await exchange(client, server, request('/c'), answer(200, 'and on'));
  expect(server.text).toBe(request('/a') + request('/b') + request('/c'));
  expect(client.text).toBe(answer(200, 'fine') + answer(200, 'still fine') + answer(200, 'and on'));
  const records = await recorded.records();
  expect(textOf(records, 1, 'client')).toBe(request('/a'));
  expect(records).toContainEqual(expect.objectContaining({ kind: 'opaque' }));
  expect(recorded.interceptor.state).toMatchObject({
    relay: { tapFaults: 1 },
    observer: { opaqueConnections: { fault: 1 } },
  });
});

test('a batch that cannot be sealed is lost, told with the next, and changes no byte', async () => {
  const [client, server] = await start();
  await exchange(client, server, request('/a'), answer(200, 'before'));
  await recorded.records();
  const { seal } = BatchSealer.prototype;
  BatchSealer.prototype.seal = () => {
    throw new Error('injected');
  };
  try {
    await exchange(client, server, request('/b'), answer(200, 'lost'));
    await expect.poll(() => recorded.faults).toHaveLength(1);
  } finally {
    BatchSealer.prototype.seal = seal;
  }
  await exchange(client, server, request('/c'), answer(500, 'after'));
  expect(client.text).toBe(answer(200, 'before') + answer(200, 'lost') + answer(500, 'after'));
  const records = await recorded.records();
  expect(records).toContainEqual(expect.objectContaining({ kind: 'loss', cause: 'unsealable' }));
  expect(marksOf(records, 1, 'client').map(({ message }) => message)).toEqual([0, 2]);
});

describe('records of any traffic', () => {
  const body = fc.string({ minLength: 0, maxLength: 40, unit: fc.constantFrom('a', 'b', '\r', '\n') });
  const message = fc.record({ body, chunked: fc.boolean(), ignored: fc.boolean() });
  const rules = fc.record({ payloads: fc.boolean(), bodyLimit: fc.integer({ min: 0, max: 30 }) });

  function posted({ body: content, chunked, ignored }: { body: string; chunked: boolean; ignored: boolean }) {
    const agent = ignored ? 'User-Agent: kube-probe/1\r\n' : '';
    const head = `POST /x HTTP/1.1\r\nHost: a\r\n${agent}`;
    if (!chunked) return `${head}Content-Length: ${content.length}\r\n\r\n${content}`;
    const chunk = content === '' ? '' : `${content.length.toString(16)}\r\n${content}\r\n`;
    return `${head}Transfer-Encoding: chunked\r\n\r\n${chunk}0\r\n\r\n`;
  }

  test('tile it without hole or overlap, with its own bytes, marked at true beginnings', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(message, { minLength: 1, maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 120 }), { maxLength: 20 }),
        rules,
        async (messages, cuts, capture) => {
          const [client, server] = await start({ capture });
          const texts = messages.map(posted);
          const all = texts.join('');
          let at = 0;
          for (const cut of [...cuts, all.length]) {
            if (at < all.length) await send(client, server, all.slice(at, at + cut));
            at += cut;
          }
          const records = await recorded.records();
          const begins = texts.map((_, i) => texts.slice(0, i).join('').length);
          const text = textOf(records, 1, 'client');
          expect(text.length).toBe(all.length);
          for (let i = 0; i < all.length; i++) if (text[i] !== '·') expect(text[i]).toBe(all[i]);
          for (const { message: number, offset } of marksOf(records, 1, 'client')) {
            expect(offset).toBe(begins[number]);
          }
          for (const [i, { ignored }] of messages.entries()) {
            if (!ignored) expect(text.slice(begins[i], (begins[i] ?? 0) + 30)).toContain('POST /x');
          }
          await recorded[Symbol.asyncDispose]();
        },
      ),
      { numRuns: 60 },
    );
    recorded = await Recorded.start();
  });
});

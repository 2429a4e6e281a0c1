import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import type { LedgerRecord } from '../../../../ledger/segment.ts';
import { decodeState } from '../../../../wire/websocket/state.ts';
import { observe } from '../../parts/observed.ts';
import type { Rules } from '../../parts/recorded.ts';
import { answer, Recorded, request, textOf } from '../../parts/recorded.ts';

const upgrade = request(
  '/chat',
  'Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n',
);
const switched = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n';
const frame = (hex: string): string => Buffer.from(hex.replaceAll(' ', ''), 'hex').toString('latin1');
/** `Hello` of a client, and of a service (RFC 6455 section 5.7). */
const asked = frame('8185 37fa213d 7f9f4d5158');
const told = frame('8105 48656c6c6f');

/** What one upgraded connection leaves in the ledger, given what both sides send in turn. */
function recordsOf(sent: readonly (readonly ['client' | 'service' | 'hand', string])[], rules?: Rules) {
  let counters: unknown;
  const batches = observe(
    (driven) => {
      const tap = driven.open();
      for (const [sender, text] of [['client', upgrade], ['service', switched], ...sent] as const) {
        if (sender === 'hand') driven.hand();
        else driven.send(tap, sender, text);
      }
      counters = structuredClone(driven.counters);
    },
    rules === undefined ? {} : { rules },
  );
  return { records: batches.flatMap(({ records }) => records), counters };
}

const kindsOf = (records: readonly LedgerRecord[]) =>
  records.map((record) => (record.kind === 'data' ? `data ${record.bytes.length}` : record.kind));

describe('a WebSocket', () => {
  test('is recorded byte for byte, without marks, and its messages are counted', () => {
    const { records, counters } = recordsOf([
      ['service', told],
      ['client', asked.slice(0, 3)],
      ['client', asked.slice(3)],
    ]);
    expect(textOf(records, 1, 'client')).toBe(upgrade + asked);
    expect(textOf(records, 1, 'service')).toBe(switched + told);
    expect(counters).toMatchObject({
      webSocketMessages: { client: 1, service: 1 },
      exchanges: 0,
      opaqueBytes: 0,
    });
  });

  test('has its state in each batch in which it has traffic', () => {
    const { records } = recordsOf([
      ['service', told],
      ['client', asked.slice(0, 3)],
      ['hand', ''],
      ['client', asked.slice(3)],
      ['service', told],
    ]);
    const states = records.filter((record) => record.kind === 'state');
    expect(states.map(({ protocol }) => protocol)).toEqual(['websocket']);
    expect(decodeState(states[0]?.bytes ?? new Uint8Array())).toMatchObject({
      message: 0,
      method: 'GET',
      target: '/chat',
      client: { offset: upgrade.length + 3, frames: { head: Buffer.from(asked.slice(0, 3), 'latin1') } },
      service: { offset: switched.length + told.length, frames: { left: 0 } },
    });
  });

  test('keeps no more of a message than the limit, over its fragments too, and all of what is around it', () => {
    const long = frame('0105 48656c6c6f 8900 8005 48656c6c6f');
    const { records } = recordsOf([['service', long + told]], { capture: { bodyLimit: 6 } });
    expect(textOf(records, 1, 'service')).toBe(
      `${switched + frame('0105 48656c6c6f 8900 8005 48')}····${told}`,
    );
  });

  test('keeps no payload where none is to be kept, but for the code of a close', () => {
    const { records } = recordsOf([['service', told + frame('8802 03f3') + frame('8901 61')]], {
      capture: { payloads: false },
    });
    expect(textOf(records, 1, 'service')).toBe(
      `${switched + frame('8105')}·····${frame('8802 03f3')}${frame('8901')}·`,
    );
  });

  test('is opaque from where its bytes are no frames', () => {
    const { records, counters } = recordsOf([
      ['service', told],
      ['client', 'nonsense'],
      ['service', told],
    ]);
    expect(kindsOf(records).slice(-2)).toEqual(['opaque', 'closed']);
    expect(counters).toMatchObject({ opaqueConnections: { malformed: 1 }, opaqueBytes: 8 + told.length - 2 });
  });

  test('with an extension that is not known is opaque', () => {
    const strange = switched.replace('\r\n\r\n', '\r\nSec-WebSocket-Extensions: x-other\r\n\r\n');
    let counters: unknown;
    observe((driven) => {
      const tap = driven.open();
      driven.send(tap, 'client', upgrade);
      driven.send(tap, 'service', strange);
      counters = structuredClone(driven.counters);
    });
    expect(counters).toMatchObject({ opaqueConnections: { upgrade: 1 } });
  });

  test('that the rules leave out is left out as a whole', () => {
    const { records } = recordsOf(
      [
        ['service', told],
        ['client', asked],
        ['client', asked],
      ],
      { capture: { ignore: [{ path: '/chat' }] } },
    );
    const sizes = records.flatMap((record) => (record.kind === 'data' ? [record.bytes.length] : []));
    expect(sizes).toEqual([]);
    expect(textOf(records, 1, 'client')).toMatch(/^·+$/);
    expect(records.some(({ kind }) => kind === 'opaque' || kind === 'state')).toBe(false);
  });
});

describe('what a service does to a WebSocket', () => {
  const worlds: AsyncDisposable[] = [];
  afterEach(async () => {
    for (const world of worlds.splice(0)) await world[Symbol.asyncDispose]();
  });

  /** A client of `ws` that talks to a server of `ws` through an interceptor. */
  async function talk(serve: (socket: WebSocket) => void, rules: Rules = {}) {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    const recorded = await Recorded.start(rules, { targetPort: (server.address() as AddressInfo).port });
    worlds.push(recorded, { [Symbol.asyncDispose]: async () => void server.close() });
    server.on('connection', serve);
    const client = new WebSocket(`ws://127.0.0.1:${recorded.port}/rooms/7`);
    await once(client, 'open');
    return { recorded, client };
  }

  test('fires on_exception where it closes with 1011', async () => {
    const { recorded, client } = await talk((socket) =>
      socket.on('message', () => socket.close(1011, 'broken')),
    );
    client.send('break');
    await once(client, 'close');
    expect(await recorded.requests()).toMatchObject([
      {
        trigger: 'on_exception',
        fingerprint: 'GET /rooms/{id} exception:internal_error',
        detail: 'internal_error',
        message: 0,
      },
    ]);
  });

  test('fires on_exception where it ends without a close frame', async () => {
    const { recorded, client } = await talk((socket) => socket.on('message', () => socket.terminate()));
    client.on('error', () => {});
    client.send('break');
    await once(client, 'close');
    expect(await recorded.requests()).toMatchObject([{ trigger: 'on_exception', detail: 'closed' }]);
  });

  test('fires nothing where it closes otherwise, or the client does, however long it was open', async () => {
    const triggers = [
      { kind: 'on_exception', pattern: '*' },
      { kind: 'on_timeout', afterMs: 20 },
    ] as const;
    const { recorded, client } = await talk(
      (socket) => socket.on('message', () => socket.close(4001, 'kicked')),
      { triggers },
    );
    await new Promise((resolve) => setTimeout(resolve, 60));
    client.send('bye');
    await once(client, 'close');
    const other = new WebSocket(`ws://127.0.0.1:${recorded.port}/`);
    await once(other, 'open');
    other.close();
    await once(other, 'close');
    expect(await recorded.requests()).toEqual([]);
    expect(recorded.interceptor.state.observer).toMatchObject({
      exchanges: 2,
      webSocketMessages: { client: 1, service: 0 },
    });
  });
});

test('an upgrade that is refused is an exchange as any other', () => {
  const batches = observe((driven) => {
    const tap = driven.open();
    driven.send(tap, 'client', upgrade);
    driven.send(tap, 'service', answer(400, 'no'));
    driven.send(tap, 'client', request('/'));
    expect(driven.counters).toMatchObject({ exchanges: 1, opaqueBytes: 0 });
  });
  expect(kindsOf(batches.flatMap(({ records }) => records))).not.toContain('opaque');
});

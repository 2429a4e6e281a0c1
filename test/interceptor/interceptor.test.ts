import { afterEach, describe, expect, test } from 'vitest';
import { answer, exchange, Recorded, request } from './parts/recorded.ts';
import { connect } from './parts/sockets.ts';

let recorded: Recorded | undefined;
afterEach(async () => {
  await recorded?.[Symbol.asyncDispose]();
  recorded = undefined;
});

describe('a drain', () => {
  test('ends idle connections, lets the exchange under way end, and accepts no one', async () => {
    recorded = await Recorded.start();
    const [idle, idleServer] = await recorded.pair();
    await exchange(idle, idleServer, '/a', 'done');
    const [busy, busyServer] = await recorded.pair();
    busy.socket.write(request('/b'));
    await busyServer.until((peer) => peer.length > 0);
    const drained = recorded.interceptor.drain(10_000);
    await idle.until((peer) => peer.end === 'fin');
    expect(busy.end).toBe('open');
    await connect(recorded.port).until((peer) => peer.end === 'reset');
    busyServer.socket.write(answer(200, 'in the end'));
    await busy.until((peer) => peer.end === 'fin');
    for (const peer of [idle, idleServer, busy, busyServer]) peer.socket.end();
    expect(await drained).toBe(0);
    expect(busy.text).toBe(answer(200, 'in the end'));
  });

  test('cuts off at the deadline what has not ended, and says how much', async () => {
    recorded = await Recorded.start();
    const [client, server] = await recorded.pair();
    client.socket.write(request('/a'));
    await server.until((peer) => peer.length > 0);
    expect(await recorded.interceptor.drain(50)).toBe(1);
    await client.until((peer) => peer.end === 'reset');
    expect(await recorded.records()).toContainEqual(expect.objectContaining({ kind: 'end', how: 'local' }));
  });

  test('hands what was recorded to the ledger', async () => {
    recorded = await Recorded.start();
    const [client, server] = await recorded.pair();
    await exchange(client, server, '/a', 'done');
    await recorded.interceptor.drain(0);
    expect(recorded.interceptor.state.ledger.appendedBatches).toBeGreaterThan(0);
  });

  test('says in its last record, and there alone, that nothing follows', async () => {
    recorded = await Recorded.start();
    const [client, server] = await recorded.pair();
    await exchange(client, server, '/a', 'done');
    await recorded.interceptor.drain(0);
    await recorded.interceptor.drain(0);
    const kinds = (await recorded.records()).map(({ kind }) => kind);
    expect(kinds.indexOf('closed')).toBe(kinds.length - 1);
  });
});

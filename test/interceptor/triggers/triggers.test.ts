import { afterEach, describe, expect, test } from 'vitest';
import { CoolDown } from '../../../interceptor/triggers/cool-down.ts';
import { answer, Recorded, type Rules, request } from '../parts/recorded.ts';
import { connect, deadPort, type Peer } from '../parts/sockets.ts';

let recorded: Recorded | undefined;
afterEach(async () => {
  await recorded?.[Symbol.asyncDispose]();
  recorded = undefined;
});

async function start(rules: Rules = {}): Promise<[recorded: Recorded, client: Peer, server: Peer]> {
  recorded = await Recorded.start(rules);
  return [recorded, ...(await recorded.pair())];
}

async function ask(client: Peer, server: Peer, text: string): Promise<void> {
  const before = server.length;
  client.socket.write(text);
  await server.until((peer) => peer.length >= before + text.length);
}

async function answered(client: Peer, server: Peer, text: string): Promise<void> {
  const before = client.length;
  server.socket.write(text);
  await client.until((peer) => peer.length >= before + text.length);
}

/** Fingerprints of the marks in the ledger, and of the commits asked for. */
async function fired(from: Recorded): Promise<{ marks: string[]; commits: string[] }> {
  const marks = (await from.records()).flatMap((record) =>
    record.kind === 'trigger' ? [record.fingerprint] : [],
  );
  return { marks, commits: (await from.requests()).map(({ fingerprint }) => fingerprint) };
}

describe('on_status', () => {
  test('fires on its statuses and on no other, with the route in the fingerprint', async () => {
    const [world, client, server] = await start({
      triggers: [
        {
          kind: 'on_status',
          ranges: [
            [500, 500],
            [502, 504],
          ],
        },
      ],
    });
    for (const status of [200, 404, 501, 503]) {
      await ask(client, server, request(`/orders/1234?status=${status}`));
      await answered(client, server, answer(status, ''));
    }
    expect(await fired(world)).toEqual({
      marks: ['GET /orders/{id} 503'],
      commits: ['GET /orders/{id} 503'],
    });
    const [commit] = await world.requests();
    expect(commit).toMatchObject({ trigger: 'on_status', pod: 'pod-1', connection: 1, message: 3 });
  });

  test('marks every failure and asks for one commit while the fingerprint cools down', async () => {
    const [world, client, server] = await start();
    for (const target of ['/a', '/a', '/b', '/a']) {
      await ask(client, server, request(target));
      await answered(client, server, answer(500, ''));
    }
    expect(await fired(world)).toEqual({
      marks: ['GET /a 500', 'GET /a 500', 'GET /b 500', 'GET /a 500'],
      commits: ['GET /a 500', 'GET /b 500'],
    });
    expect(world.interceptor.state.observer.cooledDown).toBe(2);
  });

  test('has the failing response in the ledger before the commit is asked for', async () => {
    const [world, client, server] = await start();
    await ask(client, server, request('/a'));
    await answered(client, server, answer(500, 'the failure'));
    expect(world.interceptor.state.ledger).toMatchObject({ appendedBatches: 1, commitsRequested: 1 });
    const data = (await world.records()).filter(({ kind }) => kind === 'data');
    expect(data).toHaveLength(2);
  });
});

describe('on_exception', () => {
  test('fires when the service resets before its response is whole', async () => {
    const [world, client, server] = await start();
    await ask(client, server, request('/a'));
    await answered(client, server, 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf');
    server.socket.resetAndDestroy();
    await client.until((peer) => peer.end === 'reset');
    expect((await fired(world)).commits).toEqual(['GET /a exception:reset']);
  });

  test('fires when the service closes before its response is whole', async () => {
    const [world, client, server] = await start();
    await ask(client, server, request('/a'));
    server.socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf');
    await client.until((peer) => peer.end === 'fin');
    expect((await fired(world)).commits).toEqual(['GET /a exception:closed']);
  });

  test('does not fire on a close that ends a response, nor on one between exchanges', async () => {
    const [world, client, server] = await start();
    await ask(client, server, request('/a'));
    server.socket.end('HTTP/1.1 200 OK\r\n\r\nuntil the close');
    await client.until((peer) => peer.end === 'fin');
    const [second, secondServer] = await world.pair();
    await ask(second, secondServer, request('/b'));
    await answered(second, secondServer, answer(200, 'whole'));
    secondServer.socket.end();
    await second.until((peer) => peer.end === 'fin');
    expect(await fired(world)).toEqual({ marks: [], commits: [] });
    expect(world.interceptor.state.observer.exchanges).toBe(2);
  });

  test('fires when the service refuses, with the request that the client then sends', async () => {
    recorded = await Recorded.start({}, { targetPort: await deadPort() });
    const client = connect(recorded.port);
    client.socket.write(request('/a'));
    await client.until((peer) => peer.end === 'reset');
    expect((await fired(recorded)).commits).toEqual(['GET /a exception:refused']);
    const records = await recorded.records();
    expect(records).toContainEqual(expect.objectContaining({ kind: 'end', how: 'refused' }));
    expect(records).toContainEqual(expect.objectContaining({ kind: 'data', sender: 'client' }));
  });

  test('fires for a refused connection on which no request comes', async () => {
    recorded = await Recorded.start({}, { targetPort: await deadPort() });
    await connect(recorded.port).until((peer) => peer.end === 'reset');
    expect((await fired(recorded)).commits).toEqual(['- - exception:refused']);
  });

  test.each(['reset', 'fin'] as const)('never fires on a client that went away by %s', async (how) => {
    const [world, client, server] = await start();
    await ask(client, server, request('/a'));
    if (how === 'reset') client.socket.resetAndDestroy();
    else client.socket.end();
    await server.until((peer) => peer.end === how);
    server.socket.destroy();
    await expect.poll(() => world.interceptor.state.relay.open).toBe(0);
    expect(await fired(world)).toEqual({ marks: [], commits: [] });
  });

  test('fires only on the types that its pattern describes', async () => {
    const [world, client, server] = await start({ triggers: [{ kind: 'on_exception', pattern: 're*' }] });
    await ask(client, server, request('/a'));
    server.socket.end();
    await client.until((peer) => peer.end === 'fin');
    const [second, secondServer] = await world.pair();
    await ask(second, secondServer, request('/b'));
    secondServer.socket.resetAndDestroy();
    await second.until((peer) => peer.end === 'reset');
    expect((await fired(world)).commits).toEqual(['GET /b exception:reset']);
  });
});

describe('on_timeout', () => {
  test('fires once on a response that is not whole in time, and on no other', async () => {
    const [world, client, server] = await start({ triggers: [{ kind: 'on_timeout', afterMs: 60 }] });
    await ask(client, server, request('/fast'));
    await answered(client, server, answer(200, ''));
    await ask(client, server, request('/slow'));
    await answered(client, server, 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nha');
    await expect.poll(() => world.interceptor.state.observer.fired).toEqual({ on_timeout: 1 });
    await answered(client, server, 'lf');
    expect(await fired(world)).toEqual({ marks: ['GET /slow timeout'], commits: ['GET /slow timeout'] });
    expect(await world.requests()).toMatchObject([{ trigger: 'on_timeout', detail: '60ms', message: 1 }]);
  });
});

describe('the session of a commit', () => {
  const bySession = (sessionKey: { header: string } | { cookie: string }): Rules => ({
    capture: { sessionKey },
    commit: { scope: 'session' },
  });

  test.each([
    [{ header: 'X-Session' }, 'x-session: abc\r\n', '', 'abc'],
    [{ cookie: 'sid' }, 'Cookie: a=b; sid=s-1; c=d\r\n', 'Set-Cookie: sid=other\r\n', 's-1'],
    [{ cookie: 'sid' }, 'Cookie: a=b\r\n', 'Set-Cookie: x=y\r\nSet-Cookie: sid=s-2; Path=/\r\n', 's-2'],
    [{ cookie: 'sid' }, '', '', undefined],
  ])('by %j is what the request brought, else what the response gave', async (key, asked, given, session) => {
    const [world, client, server] = await start(bySession(key));
    await ask(client, server, request('/a', asked));
    await answered(client, server, answer(500, '', given));
    const [commit] = await world.requests();
    expect(commit).toMatchObject({ scope: 'session' });
    expect(commit?.session).toBe(session);
  });

  test('is left out where the whole tunnel is committed', async () => {
    const [world, client, server] = await start({ capture: { sessionKey: { cookie: 'sid' } } });
    await ask(client, server, request('/a', 'Cookie: sid=1\r\n'));
    await answered(client, server, answer(500, ''));
    const [commit] = await world.requests();
    expect(commit).toMatchObject({ scope: 'tunnel' });
    expect(commit).not.toHaveProperty('session');
  });
});

describe('the cool-down', () => {
  test('ends after its time, for each fingerprint by itself', () => {
    const coolDown = new CoolDown(100);
    expect(coolDown.admits('a', 0)).toBe(true);
    expect(coolDown.admits('a', 99)).toBe(false);
    expect(coolDown.admits('b', 99)).toBe(true);
    expect(coolDown.admits('a', 100)).toBe(true);
    expect(coolDown.admits('b', 150)).toBe(false);
  });

  test('forgets the oldest past 1024 fingerprints', () => {
    const coolDown = new CoolDown(100);
    for (let i = 0; i <= 1024; i++) coolDown.admits(`f${i}`, 0);
    expect(coolDown.admits('f0', 1)).toBe(true);
    expect(coolDown.admits('f1024', 1)).toBe(false);
  });
});

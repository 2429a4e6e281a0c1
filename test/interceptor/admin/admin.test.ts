import { afterEach, expect, test } from 'vitest';
import { adminPaths } from '../../../interceptor/admin/paths.ts';
import { AdminServer } from '../../../program/admin-server.ts';
import { answer, Recorded, request } from '../parts/recorded.ts';

const closing: AsyncDisposable[] = [];
afterEach(async () => {
  for (const resource of closing.splice(0)) await resource[Symbol.asyncDispose]();
});

async function start(onCommit?: () => void) {
  const recorded = await Recorded.start();
  const paths = adminPaths(() => recorded.interceptor.state, onCommit);
  const admin = await AdminServer.listen(paths, { host: undefined, port: 0 });
  closing.push(admin, recorded);
  const get = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${admin.port}${path}`, init);
  return { recorded, get };
}

test('is live, and ready until it drains', async () => {
  const { recorded, get } = await start();
  expect((await get('/live')).status).toBe(200);
  expect((await get('/ready')).status).toBe(200);
  await recorded.interceptor.drain(0);
  expect((await get('/live')).status).toBe(200);
  expect((await get('/ready')).status).toBe(503);
  expect((await get('/other')).status).toBe(404);
});

test('counts what passed, in metrics and state, with nothing of the traffic in them', async () => {
  const { recorded, get } = await start();
  const [client, server] = await recorded.pair();
  client.socket.write(request('/secret-path', 'Authorization: Bearer secret-token\r\n'));
  await server.until((peer) => peer.length > 0);
  server.socket.write(answer(500, 'secret-body'));
  await client.until((peer) => peer.length > 0);
  const metrics = await (await get('/metrics')).text();
  expect(metrics).toContain('\ndvr_interceptor_exchanges_total 1\n');
  expect(metrics).toContain('\ndvr_interceptor_triggers_fired_total{trigger="on_status"} 1\n');
  expect(metrics).toContain(`\ndvr_interceptor_relayed_bytes_total{sender="client"} ${server.length}\n`);
  expect(metrics).toContain('# TYPE dvr_interceptor_exchanges_total counter\n');
  const state = await (await get('/state')).text();
  expect(JSON.parse(state)).toMatchObject({
    phase: 'relaying',
    tunnel: 'shop/checkout',
    relay: { accepted: 1, open: 1 },
    observer: { exchanges: 1, fired: { on_status: 1 } },
    ledger: { reachable: true },
  });
  expect(metrics + state).not.toContain('secret');
});

test('takes a commit by POST where it may, and from no page of the web', async () => {
  const asked: string[] = [];
  const { get } = await start(() => asked.push('commit'));
  expect((await get('/commit', { method: 'POST' })).status).toBe(202);
  expect((await get('/commit', { method: 'POST', headers: { origin: 'http://evil' } })).status).toBe(403);
  expect(asked).toEqual(['commit']);
  const without = await start();
  expect((await without.get('/commit', { method: 'POST' })).status).toBe(405);
});

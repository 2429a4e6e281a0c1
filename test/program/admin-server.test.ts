import { afterEach, describe, expect, test } from 'vitest';
import { type AdminPaths, AdminServer } from '../../program/admin-server.ts';

const closing: AdminServer[] = [];
afterEach(async () => {
  for (const server of closing.splice(0)) await server[Symbol.asyncDispose]();
});

const pages: AdminPaths = {
  get: {
    '/live': () => ({ type: 'text/plain', body: 'live\n' }),
    '/late': async () => ({ status: 503, type: 'application/json', body: '{}' }),
  },
};

async function serve(paths: AdminPaths, port = 0): Promise<AdminServer> {
  const server = await AdminServer.listen(paths, { host: undefined, port });
  closing.push(server);
  return server;
}

async function ask(paths: AdminPaths, path: string, init?: RequestInit): Promise<Response> {
  const { port } = await serve(paths);
  return fetch(`http://127.0.0.1:${port}${path}`, init);
}

describe('an admin port', () => {
  test('answers GET and HEAD by path, whatever the query', async () => {
    const page = await ask(pages, '/late?verbose');
    expect([page.status, page.headers.get('content-type'), await page.text()]).toEqual([
      ...[503, 'application/json', '{}'],
    ]);
    expect((await ask(pages, '/live', { method: 'HEAD' })).status).toBe(200);
  });

  test('names its pages to who asks for another', async () => {
    for (const path of ['/', '/toString', '/live/']) {
      const page = await ask(pages, path);
      expect([page.status, await page.text()]).toEqual([404, 'There are /live, /late.\n']);
    }
  });

  test('does nothing by another method, and lets no page of the web act', async () => {
    const acts: string[] = [];
    const paths = { ...pages, post: { '/commit': () => void acts.push('commit') } };
    expect((await ask(paths, '/live', { method: 'DELETE' })).status).toBe(405);
    expect((await ask(paths, '/live', { method: 'POST' })).status).toBe(405);
    expect((await ask(pages, '/commit', { method: 'POST' })).status).toBe(405);
    expect((await ask(paths, '/commit', { method: 'POST', headers: { origin: 'http://evil' } })).status).toBe(
      403,
    );
    expect(acts).toEqual([]);
    expect((await ask(paths, '/commit', { method: 'POST' })).status).toBe(202);
    expect(acts).toEqual(['commit']);
  });

  test('on a port in use says so', async () => {
    const first = await serve(pages);
    await expect(serve(pages, first.port)).rejects.toMatchObject({ code: 'listen-failed' });
  });
});

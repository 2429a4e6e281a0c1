import { get } from 'node:http';
import { describe, expect, test } from 'vitest';
import { PausedWatch } from '../../../replay-cli/debugger/paused/watch.ts';
import { needs } from '../../parts/needs.ts';
import { attachIde, lineOf, nativeServiceInGdb, nodeService } from './services.ts';

/** Asks and gives the status, or `undefined` if it was ended before. */
function ask(port: number, path: string): { status: Promise<number | undefined>; drop(): void } {
  const request = get({ host: '127.0.0.1', port, path, agent: false });
  const status = new Promise<number | undefined>((resolve) => {
    request.on('response', (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on('error', () => resolve(undefined));
  });
  return { status, drop: () => request.destroy() };
}

const linux = { skip: process.platform !== 'linux' };
const handlerLine = lineOf('every answer');
const opensItsInspector = `data:text/javascript,import { open } from 'node:inspector'; open(0, '127.0.0.1');`;

describe('a native service under gdb', needs('gdb', 'c-compiler'), () => {
  test('is paused when its breakpoint is hit, and not before or after', linux, async () => {
    await using service = await nativeServiceInGdb();
    const watch = new PausedWatch(service.port);
    expect(await watch.look()).toBeUndefined();
    const asked = ask(service.port, '/');
    await service.stopped();
    expect(await watch.look()).toBe('tracing_stop');
    await service.resume();
    expect(await asked.status).toBe(200);
    expect(await watch.look()).toBeUndefined();
  });

  test('is not paused while its handler sleeps, though gdb is attached', linux, async () => {
    await using service = await nativeServiceInGdb();
    const asked = ask(service.port, '/slow');
    await service.stopped();
    await service.resume();
    const watch = new PausedWatch(service.port);
    for (let look = 0; look < 5; look++) expect(await watch.look()).toBeUndefined();
    asked.drop();
  });
});

describe('a Node service', () => {
  test(
    'is paused when the breakpoint of its IDE is hit, and goes on for the IDE as ever',
    linux,
    async () => {
      await using service = await nodeService('--inspect=127.0.0.1:0');
      const ide = await attachIde(service.inspector, handlerLine);
      const watch = new PausedWatch(service.port);
      expect(await watch.look()).toBeUndefined();
      for (let round = 0; round < 2; round++) {
        const asked = ask(service.port, '/');
        await ide.paused();
        expect(await watch.look()).toBe('inspector');
        expect(await watch.look()).toBe('inspector');
        await ide.resume();
        expect(await asked.status).toBe(200);
        expect(await watch.look()).toBeUndefined();
      }
      await ide.close();
    },
  );

  test('goes on when the IDE has gone: the look left nothing behind', linux, async () => {
    await using service = await nodeService('--inspect=127.0.0.1:0');
    const ide = await attachIde(service.inspector, handlerLine);
    const asked = ask(service.port, '/');
    await ide.paused();
    expect(await new PausedWatch(service.port).look()).toBe('inspector');
    await ide.close();
    expect(await asked.status).toBe(200);
  });

  test.each(['/slow', '/busy'])(
    'is not paused while %s takes 30 s, though an IDE is attached',
    linux,
    async (path) => {
      await using service = await nodeService('--inspect=127.0.0.1:0');
      const ide = await attachIde(service.inspector, 999);
      const asked = ask(service.port, path);
      const watch = new PausedWatch(service.port);
      for (let look = 0; look < 3; look++) expect(await watch.look()).toBeUndefined();
      asked.drop();
      void ide;
    },
  );

  test('without an inspector is not paused', linux, async () => {
    await using service = await nodeService();
    const asked = ask(service.port, '/slow');
    expect(await new PausedWatch(service.port).look()).toBeUndefined();
    asked.drop();
  });

  test('is found by an inspector that was opened while it ran', linux, async () => {
    await using service = await nodeService('--import', opensItsInspector);
    const ide = await attachIde(service.inspector, handlerLine);
    const asked = ask(service.port, '/');
    await ide.paused();
    expect(await new PausedWatch(service.port).look()).toBe('inspector');
    await ide.close();
    await asked.status;
  });
});

test('a port on which nobody listens is not paused', async () => {
  expect(await new PausedWatch(1).look()).toBeUndefined();
});

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';

let child: ChildProcess | undefined;
afterEach(() => child?.kill('SIGKILL'));

function start(...argv: string[]) {
  const fixture = fileURLToPath(new URL('fixtures/waits.ts', import.meta.url));
  const started = spawn(process.execPath, [fixture, ...argv], { stdio: ['ignore', 'pipe', 'pipe'] });
  child = started;
  const lines = createInterface(started.stdout)[Symbol.asyncIterator]();
  return { started, next: async () => (await lines.next()).value, ended: once(started, 'exit') };
}

test.each(['SIGTERM', 'SIGINT'] as const)('the first %s ends a program in good order', async (name) => {
  const { started, next, ended } = start();
  expect(await next()).toBe('ready');
  started.kill(name);
  expect(await next()).toBe('drained');
  expect(await ended).toEqual([0, null]);
});

test.each(['SIGTERM', 'SIGINT'] as const)(
  'a program with nothing to end in good order ends at %s',
  async (name) => {
    const { started, next, ended } = start('--', 'careless');
    expect(await next()).toBe('ready');
    started.kill(name);
    expect(await ended).toEqual([null, name]);
  },
);

test('the second signal ends it at once', async () => {
  const { started, next, ended } = start('--', 'stubborn');
  expect(await next()).toBe('ready');
  started.kill('SIGTERM');
  expect(await next()).toBe('drained');
  started.kill('SIGTERM');
  expect(await ended).toEqual([143, null]);
});

test('a program that takes interrupts gets SIGINT, until it gives them back', async () => {
  const { started, next, ended } = start('--', 'takes');
  expect(await next()).toBe('ready');
  started.kill('SIGINT');
  expect(await next()).toBe('interrupted');
  started.kill('SIGINT');
  expect(await next()).toBe('drained');
  expect(await ended).toEqual([0, null]);
});

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { completeLine } from '../../../replay-cli/debugger/complete.ts';
import { fileHistory } from '../../../replay-cli/debugger/prompt/history.ts';
import { TerminalLines } from '../../../replay-cli/debugger/prompt/terminal.ts';
import { captured } from '../../program/sample-surroundings.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dvr-terminal-'));
});
afterEach(() => rm(folder, { recursive: true }));

function terminal() {
  const around = captured({}, { terminal: true });
  const keys = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => keys });
  let interrupts = 0;
  const lines = new TerminalLines({
    around: { ...around, stdin: keys },
    history: fileHistory(join(folder, 'state', 'step-history')),
    complete: completeLine,
    onInterrupt: () => {
      interrupts++;
    },
  });
  return { lines, keys, screen: around.out, interrupts: () => interrupts };
}

test('Tab completes what is typed', async () => {
  const { lines, keys, screen } = terminal();
  const read = lines.read();
  keys.write('cont');
  keys.write('\t');
  await expect.poll(screen).toContain('continue');
  keys.write('\r');
  expect(await read).toBe('continue');
  lines[Symbol.dispose]();
});

test.each([
  ['ne', ['next']],
  ['b', ['back', 'break']],
  ['break st', ['status']],
  ['next --', ['--group']],
  ['next x y', []],
])('%j is offered %j', (line, offers) => {
  expect(completeLine(line)[0]).toEqual(offers);
});

test('what is told while the prompt waits stands above it, and what was typed is kept', async () => {
  const { lines, keys, screen } = terminal();
  const read = lines.read();
  keys.write('sho');
  lines.write('[Received] 200 OK\n');
  keys.write('w 1\r');
  expect(await read).toBe('show 1');
  const told = screen();
  expect(told).toContain('[Received] 200 OK\n');
  expect(told.slice(told.indexOf('[Received]'))).toContain('dvr> sho');
  lines[Symbol.dispose]();
});

test('Ctrl-C at the prompt drops the line; while a command runs it stops that; it never ends the input', async () => {
  const { lines, keys, interrupts } = terminal();
  const read = lines.read();
  keys.write('half a line\u0003next\r');
  expect(await read).toBe('next');
  expect(interrupts()).toBe(0);
  keys.write('\u0003');
  await expect.poll(interrupts).toBe(1);
  const again = lines.read();
  keys.write('quit\r');
  expect(await again).toBe('quit');
  lines[Symbol.dispose]();
});

test('Ctrl-D ends the input', async () => {
  const { lines, keys } = terminal();
  const read = lines.read();
  keys.write('\u0004');
  expect(await read).toBeUndefined();
  expect(await lines.read()).toBeUndefined();
});

test('the history is kept for the next session, newest last', async () => {
  const first = terminal();
  for (const line of ['next', 'list']) {
    const read = first.lines.read();
    first.keys.write(`${line}\r`);
    await read;
  }
  first.lines[Symbol.dispose]();
  expect(await readFile(join(folder, 'state', 'step-history'), 'utf8')).toBe('next\nlist\n');
  const second = terminal();
  const read = second.lines.read();
  second.keys.write('\u001b[A\u001b[A\r');
  expect(await read).toBe('next');
  second.lines[Symbol.dispose]();
});

test('a home that cannot be written costs the history and nothing else', () => {
  const history = fileHistory('/dev/null/history');
  history.keep(['next']);
  expect(history.newestFirst()).toEqual([]);
});

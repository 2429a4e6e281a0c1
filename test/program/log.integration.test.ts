import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';

describe("a program's log on a stderr that nobody reads", () => {
  const logging = join(import.meta.dirname, 'fixtures/logs.ts');

  test('holds nothing up, keeps the first lines in order, and tells how many it dropped', async () => {
    const child = spawn(process.execPath, [logging, '3000'], { stdio: ['ignore', 'pipe', 'pipe'] });
    await once(child.stdout, 'data');
    const lines = (await text(child.stderr)).trimEnd().split('\n');
    const told = lines.map((line): Record<string, unknown> => JSON.parse(line));
    const { lines: dropped } = told.pop() ?? {};
    expect(told.map(({ line }) => line)).toEqual(told.map((_, index) => index));
    expect(told.length).toBeGreaterThan(900);
    expect(told.length).toBeLessThan(1100);
    expect(dropped).toBe(3000 - told.length);
  });

  test('is written to the end by a program that ends by itself', async () => {
    const child = spawn(process.execPath, [logging, '500'], { stdio: ['ignore', 'ignore', 'pipe'] });
    const lines = (await text(child.stderr)).trimEnd().split('\n');
    expect(lines).toHaveLength(500);
  });
});

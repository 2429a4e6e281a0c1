import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { onceARun } from './once-a-run.ts';

test('what is shared by the tests of a run is made once, and all wait for it', async () => {
  let makings = 0;
  const ask = () =>
    onceARun('shared-by-two', async (folder) => {
      makings++;
      const path = join(folder, 'made');
      await writeFile(path, '');
      return path;
    });
  const [one, other] = await Promise.all([ask(), ask()]);
  expect(one).toBe(other);
  expect(makings).toBe(1);
});

test('where making it failed, all are told why', async () => {
  const ask = () => onceARun('broken', () => Promise.reject(new Error('no space left')));
  const outcomes = await Promise.allSettled([ask(), ask()]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await expect(ask()).rejects.toThrow('no space left');
});

import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeFolder } from '../../program/make-folder.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dvr-folder-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('makes a folder and those that it lies in, with its mode, again and at once', async () => {
  const deep = join(folder, 'a', 'b', 'c');
  await Promise.all([makeFolder(deep, 0o700), makeFolder(deep, 0o700), makeFolder(join(deep, 'd'), 0o700)]);
  await makeFolder(deep, 0o755);
  for (const made of [deep, join(folder, 'a')]) expect((await stat(made)).mode & 0o777).toBe(0o700);
  await makeFolder('/', 0o700);
});

test('ends where a parent is a file', async () => {
  const file = join(folder, 'file');
  await writeFile(file, '');
  await expect(makeFolder(file, 0o700)).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(makeFolder(join(file, 'x'), 0o700)).rejects.toMatchObject({ code: 'ENOTDIR' });
});

test.runIf(process.platform === 'linux')(
  'ends where no folder can be made in one that is there',
  async () => {
    await expect(makeFolder('/proc/dvr', 0o700)).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(makeFolder('/proc/dvr/deeper', 0o700)).rejects.toMatchObject({ code: 'ENOENT' });
  },
);

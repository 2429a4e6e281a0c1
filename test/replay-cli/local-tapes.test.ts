import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { resolveTape } from '../../replay-cli/local-tapes.ts';
import { TapeWorld } from './commands/tape-world.ts';

let world: TapeWorld;
beforeEach(async () => {
  world = await TapeWorld.make();
  for (const id of ['tape-id-7889A-crash', 'tape-id-788BB-crash', 'tape-id-AAAA-manual']) {
    await mkdir(join(world.tapes, id), { recursive: true });
    await writeFile(join(world.tapes, id, 'manifest.json'), '{}');
  }
  await mkdir(join(world.tapes, 'tape-id-AAAAB-crash'));
  await mkdir(join(world.tapes, '.tape-id-AAAC-crash.1.part'));
});
afterEach(() => world[Symbol.asyncDispose]());

const resolve = (given: string, cwd = '/') => resolveTape(given, world.tapes, cwd, 'TAPE');

test.each(['tape-id-7889A-crash', 'tape-id-7889', '7889', '7889a'])(
  '%s names a fetched tape',
  async (given) => {
    expect(await resolve(given)).toBe(join(world.tapes, 'tape-id-7889A-crash'));
  },
);

test('a folder is named by a path, from the working directory', async () => {
  const folder = join(world.tapes, 'tape-id-AAAA-manual');
  expect(await resolve(folder)).toBe(folder);
  expect(await resolve('./tape-id-AAAA-manual', world.tapes)).toBe(folder);
  expect(await resolve('.', folder)).toBe(folder);
  await expect(resolve(world.tapes)).rejects.toMatchObject({ code: 'usage', where: world.tapes });
});

test('a folder in the working directory is named by its bare name, unless a fetched tape has just that name', async () => {
  const own = join(world.folder, 'own');
  for (const name of ['B', '788', 'tape-id-7889A-crash']) {
    await mkdir(join(own, name), { recursive: true });
    await writeFile(join(own, name, 'manifest.json'), '{}');
  }
  await mkdir(join(own, 'AAAA'));
  expect(await resolve('B', own)).toBe(join(own, 'B'));
  expect(await resolve('788', own)).toBe(join(own, '788'));
  expect(await resolve('tape-id-7889A-crash', own)).toBe(join(world.tapes, 'tape-id-7889A-crash'));
  expect(await resolve('AAAA', own)).toBe(join(world.tapes, 'tape-id-AAAA-manual'));
  await expect(resolve('', join(own, 'B'))).rejects.toMatchObject({ code: 'tape-not-found' });
});

test('a beginning of several ids is ambiguous and names them', async () => {
  await expect(resolve('788')).rejects.toMatchObject({
    code: 'tape-ambiguous',
    where: 'TAPE',
    message: '788 fits 2 tapes: tape-id-7889A-crash, tape-id-788BB-crash',
  });
});

test('what is not here is not found, with what to do', async () => {
  await expect(resolve('tape-id-ZZZZ-crash')).rejects.toMatchObject({
    code: 'tape-not-found',
    where: 'TAPE',
    exitCode: 2,
    hint: 'Fetch it first: dvr-cli fetch tape-id-ZZZZ-crash',
  });
  for (const nothing of ['', 'AAAAB', 'zzz']) {
    await expect(resolve(nothing)).rejects.toMatchObject({ code: 'tape-not-found' });
  }
  await expect(resolveTape('7889', join(world.folder, 'none'), '/', '--tape')).rejects.toMatchObject({
    code: 'tape-not-found',
  });
});

import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findPart, missingVariable } from './find.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dvr-find-'));
  vi.stubEnv('PATH', folder);
  vi.stubEnv('DVR_TEST_REDIS_URL', '');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

async function place(program: string, mode: number): Promise<string> {
  const path = join(folder, program);
  await writeFile(path, '#!/bin/sh\n');
  await chmod(path, mode);
  return path;
}

describe('finding a part', () => {
  it('takes the URL of the environment before any program', async () => {
    await place('redis-server', 0o755);
    vi.stubEnv('DVR_TEST_REDIS_URL', 'redis://elsewhere:6379');
    expect(findPart('redis')).toEqual({ kind: 'url', url: 'redis://elsewhere:6379' });
  });

  it('takes a program of its own where a test will stop it, whatever the environment names', async () => {
    const path = await place('redis-server', 0o755);
    vi.stubEnv('DVR_TEST_REDIS_URL', 'redis://elsewhere:6379');
    expect(findPart('redis-server')).toMatchObject({ kind: 'program', program: { path } });
  });

  it('passes over a file that cannot be run, and tells why the part is missing', async () => {
    await place('cc', 0o644);
    expect(findPart('c-compiler')).toMatchObject({ kind: 'missing', why: expect.stringContaining('cc') });
    vi.stubEnv(missingVariable, JSON.stringify({ 'c-compiler': 'there is none' }));
    expect(findPart('c-compiler')).toEqual({ kind: 'missing', why: 'there is none' });
  });
});

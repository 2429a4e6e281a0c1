import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureDependencies } from '../../scripts/dependencies.js';

const locked = {
  '': { name: 'project' },
  'node_modules/a': { version: '1.0.0' },
  'node_modules/for-another-platform': { version: '1.0.0', optional: true },
};

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'dvr-dependencies-'));
  await mkdir(join(root, 'bin'));
  await writeFile(
    join(root, 'bin', 'npm'),
    `#!/bin/sh\necho "$1" >> "${root}/calls"\nexit "$(cat "${root}/code")"\n`,
  );
  await chmod(join(root, 'bin', 'npm'), 0o755);
  await writeFile(join(root, 'code'), '0');
  await writeFile(join(root, 'package-lock.json'), JSON.stringify({ packages: locked }));
});
afterEach(() => rm(root, { recursive: true, force: true }));

const environment = () => ({ ...process.env, PATH: `${join(root, 'bin')}${delimiter}${process.env.PATH}` });
const calls = () => readFile(join(root, 'calls'), 'utf8').catch(() => '');

async function install(packages: object): Promise<void> {
  await mkdir(join(root, 'node_modules'));
  await writeFile(join(root, 'node_modules', '.package-lock.json'), JSON.stringify({ packages }));
}

describe('the dependencies', () => {
  it('are installed where there are none', async () => {
    await ensureDependencies(root, environment());
    expect(await calls()).toBe('ci\n');
  });

  it('are left alone where they are what the lock file says, less those of other platforms', async () => {
    await install({ 'node_modules/a': { version: '1.0.0' } });
    await ensureDependencies(root, environment());
    expect(await calls()).toBe('');
  });

  it.each([
    ['another version', { 'node_modules/a': { version: '1.0.1' } }],
    ['one missing', {}],
    ['one too many', { 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '2.0.0' } }],
  ])('are installed again with %s', async (_, packages) => {
    await install(packages);
    await ensureDependencies(root, environment());
    expect(await calls()).toBe('ci\n');
  });

  it('are not installed through a link into another checkout', async () => {
    await symlink(tmpdir(), join(root, 'node_modules'));
    await expect(ensureDependencies(root, environment())).rejects.toThrow(/is a link/);
    expect(await calls()).toBe('');
  });

  it('fail with the exit code of npm', async () => {
    await writeFile(join(root, 'code'), '7');
    await expect(ensureDependencies(root, environment())).rejects.toThrow(/npm ci failed with exit code 7/);
  });
});

describe('the lock file of this project', () => {
  it('names no place to fetch a package from', async () => {
    const text = await readFile(join(import.meta.dirname, '..', '..', 'package-lock.json'), 'utf8');
    expect(text).not.toContain('"resolved"');
  });
});

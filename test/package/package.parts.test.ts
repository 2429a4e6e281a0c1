import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type InstalledPackage, installPackage, packageDeadlineMs } from '../parts/package.ts';

const root = join(import.meta.dirname, '..', '..');
const declared = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

describe('the package, installed in an empty folder', () => {
  let installed: InstalledPackage;
  beforeAll(async () => {
    installed = await installPackage();
  }, packageDeadlineMs);
  afterAll(() => installed?.[Symbol.asyncDispose]());

  it.each(Object.keys(declared.bin))('has a %s that tells its usage', (name) => {
    const usage = execFileSync(installed.program(name), ['--help'], { encoding: 'utf8', timeout: 20_000 });
    expect(usage).toContain('Usage');
  });

  it('has a dvr-cli that tells its version', () => {
    const version = execFileSync(installed.program('dvr-cli'), ['--version'], { encoding: 'utf8' });
    expect(version).toContain(declared.version);
  });

  it('holds what runs and what explains it, and nothing else', () => {
    const strangers = installed.files.filter(
      (path) => !/^(dist\/.*\.js|bin\/[\w-]+\.js|package\.json|LICENSE|README\.md|CHANGELOG\.md)$/.test(path),
    );
    expect(strangers).toEqual([]);
    for (const needed of ['LICENSE', 'README.md', 'CHANGELOG.md']) expect(installed.files).toContain(needed);
  });
});

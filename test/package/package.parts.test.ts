import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { linksOf } from '../docs/links.ts';
import { type InstalledPackage, installedPackage, packageDeadlineMs } from '../parts/package.ts';

const root = join(import.meta.dirname, '..', '..');
const declared = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

describe('the package, installed in an empty folder', () => {
  let installed: InstalledPackage;
  beforeAll(async () => {
    installed = await installedPackage();
  }, packageDeadlineMs);

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
      (path) =>
        !/^(dist\/.*\.js|bin\/[\w-]+\.js|docs\/[\w-]+\.(md|svg)|[A-Z]+\.md|package\.json|LICENSE)$/.test(
          path,
        ),
    );
    expect(strangers).toEqual([]);
    for (const needed of ['LICENSE', 'README.md', 'CHANGELOG.md']) expect(installed.files).toContain(needed);
  });

  it('has all that its README and its docs lead to', () => {
    const files = new Set(installed.files);
    const pages = installed.files.filter((path) => path === 'README.md' || /^docs\/.*\.md$/.test(path));
    const dead = pages.flatMap((page) =>
      linksOf(readFileSync(join(installed.root, page), 'utf8'))
        .map(({ target }) => target.replace(/#.*/, ''))
        .filter((target) => target !== '' && !/^(https?|mailto):/.test(target))
        .filter((target) => !files.has(join(dirname(page), target)))
        .map((target) => `${page}: ${target}`),
    );
    expect(dead).toEqual([]);
  });
});

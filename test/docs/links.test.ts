import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { anchorsOf, linksOf } from './links.ts';

const root = join(import.meta.dirname, '..', '..');
const skipped = new Set(['node_modules', '.git', '.cache', 'dist']);
const pages = globSync('**/*.md', { cwd: root, exclude: (path) => skipped.has(path.split('/')[0] ?? '') });

describe.each(pages)('%s', (page) => {
  it('links only to files and headings that are there', () => {
    const links = linksOf(readFileSync(join(root, page), 'utf8'));
    const dead = links.filter(({ target }) => !leads(page, target));
    expect(dead).toEqual([]);
  });
});

describe('the pages of docs/', () => {
  it('are all in its index', () => {
    const index = linksOf(readFileSync(join(root, 'docs/README.md'), 'utf8')).map(({ target }) =>
      join('docs', target),
    );
    const unlisted = pages.filter((page) => page.startsWith('docs/') && page !== 'docs/README.md');
    expect(unlisted.filter((page) => !index.includes(page))).toEqual([]);
  });
});

describe('reading links', () => {
  it('finds those of prose, with their lines, and none in code', () => {
    const page =
      '# A *b* `c`!\n\n[x](a.md) ![y](b.svg "t")\n```\n[no](c.md)\n# no\n```\n`[no](d.md)` [z](#a-b-c)';
    expect(linksOf(page)).toEqual([
      { target: 'a.md', line: 3 },
      { target: 'b.svg', line: 3 },
      { target: '#a-b-c', line: 8 },
    ]);
    expect(anchorsOf(page)).toEqual(['a-b-c']);
  });
});

function leads(page: string, target: string): boolean {
  if (/^(https?|mailto):/.test(target)) return true;
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(root, file))) return false;
  return anchor === undefined || anchorsOf(readFileSync(join(root, file), 'utf8')).includes(anchor);
}

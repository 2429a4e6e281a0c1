import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { failureCodes, flags, frame, header, row } from '../../../tape/codec/index-layout.ts';

const reference = readFileSync(join(import.meta.dirname, '../../../docs/tape-format.md'), 'utf8');

/** Names and offsets of the table below a heading. */
function documented(heading: string): Record<string, number> {
  const section = reference.split(`### ${heading}, `)[1]?.split('\n#')[0] ?? '';
  const lines = section.matchAll(/^\| (\d+) \| \d+ \| (\w+) \|/gm);
  return Object.fromEntries([...lines].map(([, offset, name]) => [name, Number(offset)]));
}

test.each([
  ['Header', header],
  ['Frame', frame],
  ['Row', row],
])('docs/tape-format.md tells the offsets of: %s', (heading, layout) => {
  const { width, ...offsets } = layout;
  const { magic, ...told } = documented(heading);
  expect(told).toEqual(offsets);
  expect(magic ?? 0).toBe(0);
  expect(reference).toContain(`### ${heading}, ${width} bytes`);
});

test('and the codes of flags and failures', () => {
  for (const [name, code] of Object.entries(failureCodes)) expect(reference).toContain(`${code} \`${name}\``);
  const words = reference.match(/\| 50 \| 2 \| flags \| (.*) \|/)?.[1]?.split(' · ') ?? [];
  expect(words.map((text) => Number(text.split(' ')[0]))).toEqual(Object.values(flags));
});

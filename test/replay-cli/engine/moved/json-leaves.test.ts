import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonLeaves } from '../../../../replay-cli/engine/moved/json-leaves.ts';

/** Leaves by path, found by JSON.parse. */
function reference(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string' || typeof value === 'number') return [[path, String(value)]];
  if (Array.isArray(value)) return value.flatMap((inner, index) => reference(inner, `${path}[${index}]`));
  if (value === null || typeof value !== 'object') return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    reference(inner, path === '' ? name : `${path}.${name}`),
  );
}

const name = fc.string({ minLength: 1 }).filter((text) => text !== '__proto__');
const { tree } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small' },
    fc.string(),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('tree')),
    fc.dictionary(name, tie('tree')),
  ),
}));

describe('the leaves of a JSON text', () => {
  it('are those that JSON.parse finds, with spans that hold them', () => {
    fc.assert(
      fc.property(tree, fc.constantFrom(undefined, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const leaves = jsonLeaves(text) ?? [];
        expect(leaves.map((leaf) => [leaf.path, leaf.value])).toEqual(reference(value));
        for (const leaf of leaves)
          expect(String(JSON.parse(text.slice(leaf.start, leaf.end)))).toBe(leaf.value);
      }),
    );
  });

  it.each(['', '{', '{"a":', '{"a" 1}x', 'hello', '[1,2', '"open'])('are none of %j', (text) => {
    expect(jsonLeaves(text) ?? []).toEqual([]);
  });

  it('are not looked for in a text that is nested beyond reason', () => {
    expect(jsonLeaves('['.repeat(100_000))).toBeUndefined();
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { messageToJson } from '../../../wire/protobuf/json.ts';
import type { Json } from '../../../wire/protobuf/json-value.ts';
import { type MessageLeaf, messageLeaves, replaceLeaves } from '../../../wire/protobuf/leaves.ts';
import { encode, Item, items, schemas } from './messages.ts';

const known = schemas();
const item = known.messages.get('shop.v1.Item')!;
const leavesOf = (bytes: Uint8Array): readonly MessageLeaf[] => messageLeaves(bytes, item, known)!;

const given = {
  sku: 'A1',
  quantity: 3,
  raw: [1, 2],
  counts: { a: '7' },
  byId: { '-5': { sku: 'B2' } },
  parts: [{ sku: 'C3' }, { big: '-9', names: ['x', 'y'] }],
};

describe('the leaves of a message', () => {
  it('have the paths that they have in JSON, and the names around them', () => {
    const leaves = leavesOf(encode(given)).map(({ path, name, parent, value }) => [
      path,
      name,
      parent,
      value,
    ]);
    expect(leaves).toEqual(
      expect.arrayContaining([
        ['sku', 'sku', '', 'A1'],
        ['quantity', 'quantity', '', '3'],
        ['raw', 'raw', '', 'AQI='],
        ['counts.a', 'a', 'a', '7'],
        ['byId.-5.sku', 'sku', '-5', 'B2'],
        ['parts[0].sku', 'sku', 'parts', 'C3'],
        ['parts[1].big', 'big', 'parts', '-9'],
        ['parts[1].names[1]', 'names', 'parts', 'y'],
      ]),
    );
  });

  it('have the values that JSON has at their paths', () => {
    fc.assert(
      fc.property(items, (any) => {
        const bytes = encode({ ...any, counts: {}, byId: {} });
        const json = messageToJson(bytes, item, known)!;
        for (const { path, value } of leavesOf(bytes)) {
          if (!/byId|counts/.test(path)) expect(String(at(json, path))).toBe(value);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('can be replaced, and nothing else is', () => {
    const bytes = encode(given);
    const edits = leavesOf(bytes)
      .filter(({ path }) =>
        ['byId.-5.sku', 'parts[1].big', 'parts[1].names[0]', 'raw', 'quantity'].includes(path),
      )
      .map(({ steps, type, value }) => ({
        steps,
        type,
        value: type === 'string' ? `${value} and more` : value,
      }));
    const made = replaceLeaves(
      bytes,
      edits.map((edit) => (edit.type === 'int64' ? { ...edit, value: '123456789012' } : edit)),
    )!;
    const before = Item.toObject(Item.decode(bytes), { longs: String, bytes: String });
    expect(Item.toObject(Item.decode(made), { longs: String, bytes: String })).toEqual({
      ...before,
      byId: { '-5': { sku: 'B2 and more' } },
      parts: [{ sku: 'C3' }, { big: '123456789012', names: ['x and more', 'y'] }],
    });
  });

  it('are not replaced by what is none of their type, or where they are not', () => {
    const bytes = encode({ quantity: 3 });
    const [leaf] = leavesOf(bytes);
    expect(replaceLeaves(bytes, [{ ...leaf!, value: 'x' }])).toBeUndefined();
    expect(replaceLeaves(bytes, [{ steps: [[1, 0]], type: 'string', value: 'x' }])).toBeUndefined();
  });
});

/** The value at a path of a JSON value. */
function at(json: Json, path: string): Json | undefined {
  return path
    .split(/[.[\]]+/)
    .filter((step) => step !== '')
    .reduce<Json | undefined>((value, step) => (value as Record<string, Json>)[step], json);
}

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fields } from '../../../interceptor/gateway/fields.ts';
import { requestFields, upgradeFields } from '../../../interceptor/gateway/request-fields.ts';

const ofObjects = Object.getOwnPropertyNames(Object.prototype);
const name = fc.oneof(fc.constantFrom(...ofObjects, 'X-A', 'x-a', '1'), fc.stringMatching(/^x-[a-z]{1,3}$/));
const pairs = fc.array(fc.tuple(name, fc.stringMatching(/^[a-z0-9]{0,5}$/)), { maxLength: 12 });
const came = { from: '10.0.0.1', encrypted: false, trusted: false };

/** Names in the order of their first lines, each with all its values. */
function together(lines: readonly (readonly [string, string])[]): [string, string[]][] {
  const lowers = [...new Set(lines.map(([name]) => name.toLowerCase()))];
  return lowers.map((lower) => {
    const own = lines.filter(([name]) => name.toLowerCase() === lower);
    return [own[0]![0], own.map(([, value]) => value)];
  });
}

const listed = (fields: Fields) => [...fields].map(([name, value]) => [name, [value].flat()]);

test('fields keep every line under its name, whatever names objects have', () => {
  fc.assert(
    fc.property(pairs, (lines) => {
      expect(listed(new Fields(lines))).toEqual(together(lines));
    }),
  );
});

test('a request and an upgrade go on with all lines of the client, whatever names objects have', () => {
  fc.assert(
    fc.property(pairs, (lines) => {
      const head = { raw: lines.flat(), method: 'GET', host: undefined };
      for (const fields of [requestFields(head, came), upgradeFields(head, came)]) {
        const expected = together(lines);
        expect(listed(fields).slice(0, expected.length)).toEqual(expected);
      }
    }),
  );
});

test('a line that is replaced keeps its place, and one that is taken away comes back at the end', () => {
  const fields = new Fields([
    ['hOst', 'a'],
    ['B', '1'],
    ['host', 'b'],
  ]);
  fields.replace('Host', 'c');
  expect([...fields]).toEqual([
    ['hOst', 'c'],
    ['B', '1'],
  ]);
  fields.remove('HOST');
  fields.add('Host', 'd');
  expect([...fields]).toEqual([
    ['B', '1'],
    ['Host', 'd'],
  ]);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { indentJson } from '../../../replay-cli/show/indent-json.ts';

test('any object or array reads the same afterwards, and as JSON.stringify sets it out', () => {
  fc.assert(
    fc.property(fc.oneof(fc.array(fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue())), (json) => {
      expect(indentJson(JSON.stringify(json))).toBe(JSON.stringify(json, null, 2));
    }),
  );
});

test('numbers keep their digits and doubled names are all there', () => {
  expect(indentJson('{"a":1.0000000000000000001,"a":1e400}')).toBe(
    '{\n  "a": 1.0000000000000000001,\n  "a": 1e400\n}',
  );
});

test.each(['', 'plain', '"text"', '{"cut":', '{a:1}'])('%j is left alone', (text) => {
  expect(indentJson(text)).toBeUndefined();
});

import { expect, it } from 'vitest';
import { readContent } from '../../../replay-cli/engine/content.ts';

const kindOf = (type: string | undefined, body: string): string =>
  readContent(type === undefined ? [] : [['Content-Type', type]], Buffer.from(body)).kind;

it.each([
  ['application/json', '1', 'json'],
  ['application/problem+json; charset=utf-8', '{}', 'json'],
  ['text/plain; charset=utf-8', '{"_rev":"1-a"}', 'json'],
  [undefined, '[1]', 'json'],
  ['text/plain', 'a line', 'text'],
  ['application/octet-stream', 'abc', 'text'],
  ['application/octet-stream', '\0abc', 'binary'],
  [undefined, '<!doctype HTML>', 'html'],
  ['image/png', '{', 'binary'],
])('a body of type %s that begins %s is read as %s', (type, body, kind) => {
  expect(kindOf(type, body)).toBe(kind);
});

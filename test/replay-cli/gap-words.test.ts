import { expect, test } from 'vitest';
import { gapsOfExchanges, gapWords } from '../../replay-cli/gap-words.ts';
import type { Gap } from '../../tape/gap.ts';

const half: Gap = { cause: 'opaque', count: 15, unit: 'bytes' };
const unasked: Gap = { cause: 'malformed', count: 9, unit: 'bytes' };

test('gaps of one cause are told together', () => {
  expect(gapWords([half, { ...half, count: 2 }])).toEqual([
    '17 bytes (the connection does not speak a protocol that is decoded)',
  ]);
});

test('bytes alone that were no exchange explain no replay', () => {
  const evicted: Gap = { cause: 'evicted', count: 3, unit: 'bytes' };
  expect(gapsOfExchanges([half, evicted, unasked])).toEqual([evicted]);
});

test('bytes of a connection that could not be read may', () => {
  const gaps: Gap[] = [half, { cause: 'opaque', count: 1, unit: 'connections' }];
  expect(gapsOfExchanges([...gaps, unasked])).toEqual(gaps);
});

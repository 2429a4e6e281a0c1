import { brotliCompressSync, deflateRawSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { Allowance, open } from '../../../sanitizers/bodies/codings.ts';

const plain = Buffer.alloc(1000, 'word ');

test.each([
  ['gzip', gzipSync(plain)],
  ['x-gzip', gzipSync(plain)],
  ['deflate', deflateRawSync(plain)],
  ['br', brotliCompressSync(plain)],
  ['zstd', Buffer.concat([zstdCompressSync(plain.subarray(0, 500)), zstdCompressSync(plain.subarray(500))])],
])('%s comes off and goes on again', (name, bytes) => {
  const opened = open(bytes, [name], false, new Allowance());
  expect(Buffer.from(opened!.bytes)).toEqual(plain);
  const again = open(opened!.close(opened!.bytes), [name], false, new Allowance());
  expect(Buffer.from(again!.bytes)).toEqual(plain);
});

test('what is opened for one tape is bounded, and a bomb spends its bound', () => {
  const allowance = new Allowance(2500);
  const opens = (bytes: Uint8Array): boolean => open(bytes, ['gzip'], false, allowance) !== undefined;
  expect([
    opens(gzipSync(plain)),
    opens(gzipSync(plain)),
    opens(gzipSync(plain)),
    opens(gzipSync('small')),
  ]).toEqual([true, true, false, false]);
  expect(open(plain, ['identity'], false, allowance)?.bytes).toBe(plain);
});

test('more codings than anyone needs are not taken off', () => {
  const nested = [1, 2, 3, 4].reduce<Uint8Array>((bytes) => gzipSync(bytes), plain);
  expect(open(nested, ['gzip', 'gzip', 'gzip', 'gzip'], false, new Allowance())).toBeUndefined();
});

import { brotliDecompressSync, gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { createScrubber } from '../../../sanitizers/engine.ts';
import { exchange, textType } from '../world.ts';

const secret = 'hunter2-Zk39';

function scrub(coding: string, bytes: Uint8Array): { readonly bytes: Buffer; readonly gaps: number } {
  const scrubber = createScrubber([]);
  const raw = exchange({ response: [textType, ['Content-Encoding', coding]], responseBody: bytes });
  return { bytes: Buffer.from(scrubber.scrub(raw).responseBody), gaps: scrubber.gaps.length };
}

/** A gzip member with a head of its own: flags, then whatever they announce. */
function member(flags: number, head: Uint8Array): Buffer {
  const plain = gzipSync('plain');
  return Buffer.concat([
    plain.subarray(0, 3),
    Buffer.from([flags]),
    plain.subarray(4, 10),
    head,
    plain.subarray(10),
  ]);
}

const text = Buffer.from(`${secret}\0`);
const extra = Buffer.concat([Buffer.from([text.length, 0]), text]);

test.each([
  ['file name', member(8, text)],
  ['comment', member(16, text)],
  ['extra field', member(4, extra)],
  ['everything at once', member(4 + 8 + 16 + 2, Buffer.concat([extra, text, text, Buffer.from([1, 2])]))],
  ['file name of a later member', Buffer.concat([gzipSync(''), member(8, text)])],
])('a gzip head keeps no %s', (_, bytes) => {
  const made = scrub('gzip', bytes);
  expect(made.gaps).toBe(0);
  expect(made.bytes.toString('latin1')).not.toContain(secret);
  expect(gunzipSync(made.bytes).toString()).toBe('plain');
});

function skippable(content: string): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32LE(0x184d2a53);
  head.writeUInt32LE(content.length, 4);
  return Buffer.concat([head, Buffer.from(content)]);
}

test.each([
  ['before', Buffer.concat([skippable(secret), zstdCompressSync('plain')]), 'zstd'],
  ['behind', Buffer.concat([zstdCompressSync('plain'), skippable(secret)]), 'zstd'],
  ['before, and no coding told', Buffer.concat([skippable(secret), zstdCompressSync('plain')]), 'identity'],
])('a frame that zstd passes over is not kept: %s the data', (_, bytes, coding) => {
  const made = scrub(coding, bytes);
  expect(made.gaps).toBe(0);
  expect(made.bytes.toString('latin1')).not.toContain(secret);
  expect(zstdDecompressSync(made.bytes).toString()).toBe('plain');
});

test('what a brotli stream holds beside its data is not kept', () => {
  // A metadata block (RFC 7932 section 9.2) of twelve bytes, then the empty last block.
  const bytes = Buffer.concat([Buffer.from([0xac, 0x05]), Buffer.from(secret), Buffer.from([0x03])]);
  expect(brotliDecompressSync(bytes)).toHaveLength(0);
  const made = scrub('br', bytes);
  expect(made.gaps).toBe(0);
  expect(made.bytes.toString('latin1')).not.toContain(secret);
});

test.each([
  [
    'zeros and a secret behind a gzip',
    'gzip',
    Buffer.concat([gzipSync('a'), Buffer.alloc(8), Buffer.from(secret)]),
  ],
  ['zeros behind a gzip', 'gzip', Buffer.concat([gzipSync('a'), Buffer.alloc(8)])],
  ['a gzip without its end', 'gzip', gzipSync('a').subarray(0, -3)],
  [
    'a gzip with a wrong checksum',
    'gzip',
    Buffer.concat([gzipSync('a').subarray(0, -8), gzipSync('b').subarray(-8)]),
  ],
  ['a gzip head without its end', 'gzip', member(8, Buffer.alloc(0)).fill(1, 10)],
  [
    'a frame passed over that is too short',
    'zstd',
    Buffer.concat([zstdCompressSync('a'), skippable(secret).subarray(0, -1)]),
  ],
  [
    'more members than anyone sends',
    'gzip',
    Buffer.concat(Array.from({ length: 10_001 }, () => gzipSync(''))),
  ],
])('%s makes the body unreadable', (_, coding, bytes) => {
  expect(scrub(coding, bytes)).toEqual({ bytes: Buffer.alloc(0), gaps: 1 });
});

test.each([
  ['gzip', gzipSync('plain')],
  ['gzip', Buffer.concat([gzipSync('plain '), gzipSync('words')])],
  ['zstd', Buffer.concat([zstdCompressSync('plain '), zstdCompressSync('words')])],
])('%s that holds plain data alone stays byte by byte', (coding, bytes) => {
  expect(scrub(coding, bytes)).toEqual({ bytes, gaps: 0 });
});

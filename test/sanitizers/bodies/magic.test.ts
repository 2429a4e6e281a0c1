import { describe, expect, test } from 'vitest';
import { hasMediaStructure } from '../../../sanitizers/bodies/magic.ts';
import { createScrubber } from '../../../sanitizers/engine.ts';
import { exchange } from '../world.ts';

const noise = Buffer.from(Array.from({ length: 200 }, (_, at) => (at * 89 + 131) % 256));
const withHead = (hex: string): Buffer => Buffer.concat([Buffer.from(hex.replaceAll(' ', ''), 'hex'), noise]);

const samples = {
  'image/png': withHead('89504e470d0a1a0a 0000000d 49484452 00000001 00000001 08060000001f15c489'),
  'image/jpeg': withHead('ffd8ffe0 0010 4a464946 00 0101 0000 0001 0001 0000'),
  'image/gif': withHead('474946383961 0100 0100 800000'),
  'image/webp': withHead('52494646 d0000000 57454250 56503820'),
  'image/x-icon': withHead('0000 0100 0100 1010 0000 0100 2000'),
  'video/mp4': withHead('00000018 66747970 69736f6d 00000200 69736f6d 6d703432'),
  'audio/mpeg': withHead('494433 0300 00 00000076'),
  'audio/ogg': withHead('4f676753 00 02 0000000000000000'),
  'font/woff2': withHead('774f4632 00010000 000000d8 000a 0000'),
  'font/otf': withHead('4f54544f 000b 0080 0003 0030'),
  'application/wasm': withHead('0061736d 01000000 01'),
};

test.each(Object.entries(samples))('%s is told by its structure', (type, bytes) => {
  expect(hasMediaStructure(bytes, type)).toBe(true);
  expect(hasMediaStructure(bytes, 'application/octet-stream')).toBe(true);
  expect(hasMediaStructure(bytes, '')).toBe(true);
});

test('a head of another kind than the type names is none', () => {
  expect(hasMediaStructure(samples['image/png'], 'font/woff2')).toBe(false);
  expect(hasMediaStructure(samples['video/mp4'], 'image/png')).toBe(false);
  expect(hasMediaStructure(samples['image/webp'], 'image/jpeg')).toBe(true);
});

describe('a text behind the first bytes of a picture does not pass', () => {
  const secret = '{"a":"canary secret 99"}';
  test.each([
    ['four bytes of PNG', Buffer.from('89504e47', 'hex'), 'image/png'],
    ['the signature of PNG', Buffer.from('89504e470d0a1a0a', 'hex'), 'image/png'],
    ['a whole head of PNG', samples['image/png'].subarray(0, 33), 'image/png'],
    ['JPEG', Buffer.from('ffd8ff', 'hex'), 'image/jpeg'],
    ['a whole head of JPEG', samples['image/jpeg'].subarray(0, 20), ''],
    ['RIFF', Buffer.from('RIFF\xff', 'latin1'), 'application/octet-stream'],
    ['ftyp', Buffer.from('\xff\xff\xff\xffftyp', 'latin1'), 'video/mp4'],
  ])('%s', (_, head, type) => {
    const scrubber = createScrubber([]);
    const bytes = Buffer.concat([head, Buffer.from(secret.repeat(8))]);
    const made = scrubber.scrub(exchange({ response: [['Content-Type', type]], responseBody: bytes }));
    expect(made.responseBody).toHaveLength(0);
    expect(scrubber.gaps).toHaveLength(1);
  });
});

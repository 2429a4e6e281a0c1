import { expect, test } from 'vitest';
import { createScrubber } from '../../../sanitizers/engine.ts';
import { exchange } from '../world.ts';

const secret = 'hunter2-Zk39';
const wide = (text: string): Buffer => Buffer.from(text, 'utf16le');

function scrub(type: string, body: Uint8Array): Buffer | 'dropped' {
  const scrubber = createScrubber([]);
  const made = scrubber.scrub(exchange({ response: [['Content-Type', type]], responseBody: body }));
  return scrubber.gaps.length === 0 ? Buffer.from(made.responseBody) : 'dropped';
}

test.each([
  [
    'text that turns binary late',
    'text/plain',
    Buffer.concat([Buffer.alloc(70_000, 'word '), wide(`password=${secret}`)]),
  ],
  ['UTF-16 of no charset', 'text/plain', wide(`password=${secret}`)],
  [
    'UTF-16 that holds text of one byte a character',
    'text/plain; charset=utf-16',
    Buffer.concat([wide('\ufeffä'), Buffer.from(`password: ${secret}`)]),
  ],
  ['UTF-7', 'text/plain; charset=utf-7', Buffer.from('joe+AEA-shop.example.com')],
])('%s is dropped', (_, type, body) => {
  expect(scrub(type, body)).toBe('dropped');
});

test.each([
  ['text/plain; charset=utf-16le', ''],
  ['text/plain; charset=UTF-16', '\ufeff'],
  ['application/json; charset=utf-16le', ''],
])('%s is read and written in its charset', (type, mark) => {
  const made = scrub(type, wide(`${mark}{"password":"${secret}"}`));
  expect(made.toString('utf16le')).toMatch(/^\ufeff?\{"password":"[a-z]{6}\d-[A-Z][a-z]\d\d"\}$/);
});

test.each(['', 'application/octet-stream', 'image/png'])(
  'a form that begins as a picture would is a form («%s»)',
  (type) => {
    const made = scrub(type, Buffer.from('GIF8=1&mail=joe%40shop.example.com'));
    expect(made.toString()).toMatch(/^GIF8=1&mail=[a-z]{3}%40[a-z]+\.example$/);
  },
);

test('a form said to be text is a form', () => {
  const made = scrub('text/plain;charset=UTF-8', Buffer.from('a=1&mail=joe%40shop.example.com'));
  expect(made.toString()).toMatch(/^a=1&mail=[a-z]{3}%40[a-z]+\.example$/);
});

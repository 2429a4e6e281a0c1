import { expect, test } from 'vitest';
import { encode } from '../../wire/protobuf/messages.ts';
import { noViews, path, views } from '../calls.ts';

const proto = { codec: 'proto', path };
const item = encode({ sku: 'A1', isGift: true });

test('a message is a line of JSON by its schema, and by numbers without one', () => {
  expect(views.line(proto, 'client', item)).toBe('  → {"sku":"A1","isGift":true}');
  expect(noViews.line(proto, 'client', item)).toBe('  → {"1":"A1","7":1}');
  expect(views.line({ ...proto, path: '/shop.v1.Carts/Other' }, 'service', item)).toBe(
    '  ← {"1":"A1","7":1}',
  );
});

test('bytes that are not of the schema are shown by numbers', () => {
  // Field 2 is a number there.
  expect(views.json(proto, 'client', Uint8Array.of(0x12, 1, 0x78))).toEqual({ 2: 'x' });
});

test('what cannot be read is said to be so, in one harmless line', () => {
  expect(views.line(proto, 'client', undefined)).toBe('  → [a message that cannot be read]');
  expect(views.line(proto, 'client', Uint8Array.of(0xff, 0xff))).toBe('  → [2 bytes]');
  expect(views.line({ codec: 'json', path }, 'service', Buffer.from('{"a": 1}'))).toBe('  ← {"a":1}');
  expect(views.line(undefined, 'service', Buffer.from('plain \u001b[2J'))).toBe('  ← plain \\x1b[2J');
  const long = views.line(undefined, 'client', Buffer.from('x'.repeat(5000)));
  expect(long).toMatch(/x… \(5000 characters\)$/);
  expect(long.length).toBeLessThan(4200);
});

test('long strings of a message are shortened where that is asked for, with what is left out', () => {
  const token = 'e'.repeat(200);
  const told = (text: string) => views.line(undefined, 'client', Buffer.from(text), undefined, 80);
  expect(told(JSON.stringify({ token, room: 'tea' }))).toBe(
    `  → {"token":"${'e'.repeat(24)}… (176 more characters)","room":"tea"}`,
  );
  expect(told(token)).toBe(`  → ${'e'.repeat(24)}… (176 more characters)`);
  expect(told('e'.repeat(80))).toBe(`  → ${'e'.repeat(80)}`);
});

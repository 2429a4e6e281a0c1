import { describe, expect, test } from 'vitest';
import {
  generateKeyPair,
  openMessage,
  parseOpeningKey,
  parseSealingKey,
  sealMessage,
} from '../../sealing/index.ts';

const pem = generateKeyPair();
const recipient = parseSealingKey(pem.publicPem, 'a.pub');
const key = parseOpeningKey(pem.privatePem, 'a.key');
const place = '{shop/tunnel}:commits';
const unreadable = expect.objectContaining({ code: 'sealed-unreadable' });

describe('a sealed message', () => {
  test('opens at its place', () => {
    const sealed = sealMessage(Buffer.from('POST /pay 500'), place, recipient);
    expect(openMessage(sealed, place, key).toString()).toBe('POST /pay 500');
    expect(sealed.includes('/pay')).toBe(false);
  });

  test('opens at no other place', () => {
    const sealed = sealMessage(Buffer.from('x'), place, recipient);
    expect(() => openMessage(sealed, '{bank/tunnel}:commits', key)).toThrow(unreadable);
  });

  test('opens with no other key', () => {
    const other = parseOpeningKey(generateKeyPair().privatePem, 'b.key');
    const sealed = sealMessage(Buffer.from('x'), place, recipient);
    expect(() => openMessage(sealed, place, other)).toThrow(/another key/);
  });

  test('does not open when cut, or when any one bit differs', () => {
    const sealed = sealMessage(Buffer.from('text'), place, recipient);
    for (let length = 0; length < sealed.length; length++) {
      expect(() => openMessage(sealed.subarray(0, length), place, key)).toThrow(unreadable);
    }
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => openMessage(changed, place, key)).toThrow(unreadable);
    }
  });
});

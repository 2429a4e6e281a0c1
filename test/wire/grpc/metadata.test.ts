import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeBinary,
  decodeStatusMessage,
  encodeBinary,
  encodeStatusMessage,
  parseConnectTimeout,
  parseTimeout,
} from '../../../wire/grpc/metadata.ts';

describe('metadata', () => {
  it('in base64 is read with padding or without, one value or several', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), fc.boolean(), (bytes, padded) => {
        const text = encodeBinary(bytes, padded ? 'AAAA' : 'AAA');
        expect(text.includes('=')).toBe(padded && bytes.length % 3 !== 0);
        expect(Buffer.from(decodeBinary(text)![0]!).equals(Buffer.from(bytes))).toBe(true);
      }),
    );
    expect(decodeBinary('AA==, AQ')).toEqual([Buffer.from([0]), Buffer.from([1])]);
    expect(decodeBinary('not base64!')).toBeUndefined();
  });

  it('has a status message that comes back as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(encodeStatusMessage(text)).toMatch(/^[\x20-\x7e]*$/);
        expect(decodeStatusMessage(encodeStatusMessage(text))).toBe(text);
      }),
    );
  });

  it('keeps a status message that is not encoded as it should be', () => {
    expect(decodeStatusMessage('100% and %zz')).toBe('100% and %zz');
    expect(decodeStatusMessage('%ff')).toBe('%ff');
  });

  it('tells timeouts in milliseconds', () => {
    expect(['1H', '2M', '3S', '4m', '5u', '6n'].map(parseTimeout)).toEqual([
      3_600_000, 120_000, 3000, 4, 0.005, 6e-6,
    ]);
    expect(['', '1', 'S', '123456789S', '-1S', '1s'].map(parseTimeout)).toEqual(Array(6).fill(undefined));
    expect([parseConnectTimeout('1500'), parseConnectTimeout('12345678901')]).toEqual([1500, undefined]);
  });
});

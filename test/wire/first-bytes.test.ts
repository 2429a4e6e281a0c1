import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mayServeHttp2, preface, protocolOf } from '../../wire/first-bytes.ts';

const of = (text: string) => {
  const bytes = Buffer.from(`..${text}..`, 'latin1');
  return protocolOf(bytes, 2, 2 + text.length);
};

describe('the first bytes of a client', () => {
  test.each([
    ['GET / HTTP/1.1\r\n', 'http/1'],
    ['POST', 'http/1'],
    ['PROPFIND', 'http/1'],
    ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'http/2'],
    ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0', 'http/2'],
    ['PRI * HTTP/1.1\r\n', 'http/1'],
    ['\x16\x03\x01', 'tls'],
    ['\x16\x09', 'http/1'],
    ['SSH-2.0-x', 'http/1'],
    ['', undefined],
    ['P', undefined],
    ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r', undefined],
    ['\x16', undefined],
  ])('%j are of %s', (text, protocol) => {
    expect(of(text)).toBe(protocol);
  });

  test('tell the same however many come, or do not tell yet', () => {
    const start = fc.constantFrom('', 'P', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', '\x16', '\x16\x03');
    const any = fc.string({ unit: 'binary', minLength: 24, maxLength: 40 });
    fc.assert(
      fc.property(start, any, (begin, rest) => {
        const all = begin + rest;
        const whole = of(all);
        for (let length = 0; length < all.length; length++) {
          expect([undefined, whole]).toContain(of(all.slice(0, length)));
        }
        expect(whole === 'http/2').toBe(Buffer.from(all, 'latin1').subarray(0, 24).equals(preface));
      }),
    );
  });
});

test('a service that speaks first may speak HTTP/2 by a frame of SETTINGS, and not by a head', () => {
  expect(mayServeHttp2(Buffer.from([0, 0, 18, 4, 0, 0, 0, 0, 0])[0])).toBe(true);
  expect(mayServeHttp2(Buffer.from('HTTP/1.1 408 Timeout')[0])).toBe(false);
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cookieValue,
  fieldValue,
  parseRequestHead,
  parseResponseHead,
  parseTrailers,
  serializeRequestHead,
  serializeTrailers,
} from '../../../wire/http1/head.ts';
import { fieldOf, targetOf } from '../../../wire/http1/raw-head.ts';
import { runs } from '../../properties.ts';
import { latin1, text } from './playbook.ts';
import { serializeResponseHead } from './serialize-response-head.ts';

const name = fc
  .stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}$/)
  .filter((n) => !/^(content-length|transfer-encoding)$/i.test(n));
const value = fc.stringMatching(/^[\t\x20-\x7e\x80-\xff]{0,20}$/);
const lines = fc
  .array(fc.tuple(name, fc.constantFrom(':', ': ', ':  ', ':\t'), value), { maxLength: 8 })
  .map((fields) => fields.map((field) => `${field.join('')}\r\n`).join(''));
const version = fc.constantFrom('HTTP/1.1', 'HTTP/1.0');
const target = fc.stringMatching(/^[\x21-\x7e\x80-\xff]{1,20}$/);
const requestHead = fc
  .tuple(name, target, version, lines)
  .map(([m, t, v, l]) => `${m} ${t} ${v}\r\n${l}\r\n`);
const reason = fc.oneof(
  fc.constant(''),
  value.map((v) => ` ${v}`),
);
const responseHead = fc
  .tuple(version, fc.integer({ min: 100, max: 999 }), reason, lines)
  .map(([v, s, r, l]) => `${v} ${s}${r}\r\n${l}\r\n`);

describe('heads', () => {
  it('give the same bytes back: requests', () => {
    fc.assert(
      fc.property(requestHead, (raw) => {
        const head = parseRequestHead(latin1(raw));
        expect(head && text(serializeRequestHead(head))).toBe(raw);
      }),
    );
  });

  it('give the same bytes back: responses', () => {
    fc.assert(
      fc.property(responseHead, (raw) => {
        const head = parseResponseHead(latin1(raw));
        expect(head && text(serializeResponseHead(head))).toBe(raw);
      }),
    );
  });

  it('give the same bytes back: trailers', () => {
    fc.assert(
      fc.property(lines, (raw) => {
        expect(text(serializeTrailers(parseTrailers(latin1(raw))))).toBe(raw);
      }),
    );
  });

  it('are either given back byte by byte or not taken', () => {
    const bytes = fc.array(
      fc.constantFrom(...'GET / HTTP/1.1 200:\r\n\t\0a\x7f\xff'.split(''), '\r\n', 'A: b\r\n'),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(bytes, (tail) => {
        for (const start of ['GET / HTTP/1.1\r\n', '']) {
          const raw = start + tail.join('');
          const head = parseRequestHead(latin1(raw));
          if (head) expect(text(serializeRequestHead(head))).toBe(raw);
        }
        const raw = `HTTP/1.1 200${tail.join('')}`;
        const head = parseResponseHead(latin1(raw));
        if (head) expect(text(serializeResponseHead(head))).toBe(raw);
      }),
      runs(2000),
    );
  });

  it('keep case, order, duplicates and blanks', () => {
    const raw = 'GET /a?b#c HTTP/1.0\r\nHOST:x\r\nset-cookie: 1\r\nSet-Cookie:  2 \r\nE:\r\n\r\n';
    expect(parseRequestHead(latin1(raw))).toEqual({
      method: 'GET',
      target: '/a?b#c',
      version: 'HTTP/1.0',
      fields: [
        ['HOST', 'x', ':'],
        ['set-cookie', '1'],
        ['Set-Cookie', '2 ', ':  '],
        ['E', '', ':'],
      ],
    });
  });

  it('are refused with bytes behind them, or cut', () => {
    const raw = 'GET / HTTP/1.1\r\nA: b\r\n\r\n';
    expect(parseRequestHead(latin1(`${raw}x`))).toBeUndefined();
    expect(parseRequestHead(latin1(raw.slice(0, -1)))).toBeUndefined();
    expect(parseResponseHead(latin1(raw))).toBeUndefined();
  });
});

describe('what is asked of a head', () => {
  const raw =
    'POST /cart?x=1 HTTP/1.1\r\nHost: shop\r\nX-Session-Long: no\r\nx-SESSION:  a b\t\r\nCookie: a=1; sid = t=2;c\r\n\r\n';
  const bytes = latin1(`xx${raw}yy`);
  const head = { bytes, start: 2, end: bytes.length - 2 };

  it('is found in the raw bytes', () => {
    expect(targetOf(head)).toBe('/cart?x=1');
    expect(fieldOf(head, 'x-session')).toBe('a b');
    expect(fieldOf(head, 'host')).toBe('shop');
    expect(fieldOf(head, 'x-sess')).toBeUndefined();
  });

  it('is found in the fields', () => {
    const fields = parseRequestHead(latin1(raw))?.fields ?? [];
    expect(fieldValue(fields, 'X-Session')).toBe('a b');
    expect(cookieValue(fields, 'sid')).toBe('t=2');
    expect(cookieValue(fields, 'c')).toBeUndefined();
  });
});

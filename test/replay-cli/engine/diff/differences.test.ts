import { describe, expect, it } from 'vitest';
import { differencesOf } from '../../../../replay-cli/engine/diff/differences.ts';
import type { Difference, Outcome } from '../../../../replay-cli/engine/port.ts';
import type { HeaderField } from '../../../../tape/exchange.ts';
import { sketchExchange } from '../../../tape/make-tape.ts';

const json: HeaderField = ['Content-Type', 'application/json'];

function answered(body: string, fields: readonly HeaderField[] = [json], status = 200): Outcome {
  const head = { version: 'HTTP/1.1', status, reason: 'OK', fields };
  return { kind: 'response', head, body: Buffer.from(body), bodyDropped: 0, trailers: [] };
}

function compare(recorded: string, replayed: string, fields: readonly HeaderField[] = [json], now = fields) {
  const was = sketchExchange({ start: 0, responseFields: fields, responseBody: recorded });
  return differencesOf(
    was,
    answered(replayed, now),
    (old, value) => old === 'old-cart' && value === 'new-cart',
  );
}

const short = (differences: readonly Difference[]) =>
  differences.map(({ where, noise }) => (noise ? `${where} (${noise})` : where));

describe('differences', () => {
  it.each([
    ['nothing', '{"a":1}', '{"a":1}', []],
    ['the order of members', '{"a":1,"b":2}', '{"b":2,"a":1}', []],
    ['a number', '{"a":{"b":1}}', '{"a":{"b":2}}', ['body.a.b']],
    ['a member that is gone, and one that came', '{"a":1}', '{"b":1}', ['body.a', 'body.b']],
    ['true and false', '{"a":true}', '{"a":false}', ['body']],
    ['null', '{"a":null}', '{}', ['body']],
    [
      'UUIDs',
      '{"id":"0b8f7a1e-1111-4222-8333-444455556666"}',
      '{"id":"9a8f7a1e-1111-4222-8333-444455556666"}',
      ['body.id (id)'],
    ],
    ['tokens of one prefix', '{"id":"cus_a1b2c3d4e5f6"}', '{"id":"cus_z9y8x7w6v5u4"}', ['body.id (id)']],
    ['tokens of two prefixes', '{"id":"cus_a1b2c3d4e5f6"}', '{"id":"ord_z9y8x7w6v5u4"}', ['body.id']],
    ['dates', '{"at":"2026-01-02T03:04:05.678Z"}', '{"at":"2026-11-21T03:04:05.678Z"}', ['body.at (date)']],
    ['epochs', '{"at":1767323045678}', '{"at":1795323045678}', ['body.at (date)']],
    ['a moved value', '{"cart":"old-cart"}', '{"cart":"new-cart"}', ['body.cart (moved)']],
    ['mock e-mails', '{"to":"a@example.com"}', '{"to":"b@shop.org"}', ['body.to (mock)']],
    ['mock cards', '{"card":"4111111111111112"}', '{"card":"4242424242424242"}', ['body.card (mock)']],
    ['cards that are none', '{"card":"4111111111111111"}', '{"card":"4242424242424242"}', ['body.card']],
    [
      'substitutes of secrets, whatever they look like',
      '{"token":"ewy_87v6","user":{"newPassword":"qwe-rty","secret":["aXc-one"]},"pin":1234}',
      '{"token":"tok_g0iq","user":{"newPassword":"hun-ter","secret":["bYd-two"]},"pin":9876}',
      ['body.token (mock)', 'body.user.newPassword (mock)', 'body.user.secret[0] (mock)', 'body.pin (mock)'],
    ],
    [
      'a secret that is gone, masked or new',
      '{"token":"ewy_87v6","password":"qwe-rty","jwt":""}',
      '{"token":"","password":"****","jwt":"tok_g0iq"}',
      ['body.token', 'body.password', 'body.jwt'],
    ],
    ['names that only hold the word', '{"token_count":1234}', '{"token_count":9876}', ['body.token_count']],
    [
      'numbers that are ids',
      '{"order_id":7,"cartId":7,"paid":7}',
      '{"order_id":8,"cartId":8,"paid":8}',
      ['body.order_id (id)', 'body.cartId (id)', 'body.paid'],
    ],
    ['names', '{"name":"Ann"}', '{"name":"Bob"}', ['body.name']],
  ])('of JSON: %s', (_, recorded, replayed, expected) => {
    expect(short(compare(recorded, replayed))).toEqual(expected);
  });

  it('of headers and forms tell substitutes of secrets by the name', () => {
    const was: HeaderField[] = [
      ['X-CSRF-Token', 'ewy-one'],
      ['X-Tokens-Left', 'one-two'],
    ];
    const now: HeaderField[] = [
      ['X-CSRF-Token', 'tok-two'],
      ['X-Tokens-Left', 'two-one'],
    ];
    expect(short(compare('', '', was, now))).toEqual(['header x-csrf-token (mock)', 'header x-tokens-left']);
    const form: HeaderField[] = [['Content-Type', 'application/x-www-form-urlencoded']];
    expect(short(compare('access_token=ewy-one&n=abc', 'access_token=tok-two&n=abd', form))).toEqual([
      'body word 3 (mock)',
      'body word 7',
    ]);
  });

  it('of headers go by name in any case, mark what says nothing, and compare cookies without their values', () => {
    const was: HeaderField[] = [
      ['Date', 'Mon, 02 Jan 2026 03:04:05 GMT'],
      ['X-Powered-By', 'a'],
      ['Set-Cookie', 'sid=1; Path=/; HttpOnly'],
      ['Set-Cookie', 'theme=dark'],
      ['Cache-Control', 'no-store'],
      ['Vary', 'Accept'],
    ];
    const now: HeaderField[] = [
      ['date', 'Tue, 03 Jan 2026 03:04:05 GMT'],
      ['set-cookie', 'sid=2; Path=/; HttpOnly'],
      ['set-cookie', 'theme=dark; Secure'],
      ['cache-control', 'max-age=1'],
      ['vary', 'Accept'],
    ];
    expect(short(compare('', '', was, now))).toEqual([
      'header date (date)',
      'header x-powered-by (transport)',
      'cookie sid (mock)',
      'cookie theme',
      'header cache-control',
    ]);
  });

  it.each([
    ['/carts/old-cart?page=1', '/carts/new-cart?page=1', ['header location (moved)']],
    ['http://shop/orders/17', 'http://shop/orders/18', ['header location (id)']],
    ['/carts/old-cart', '/login', ['header location']],
    ['/carts/old-cart/open', '/carts/new-cart/closed', ['header location']],
  ])('of a Location go place by place: %s and %s', (recorded, replayed, expected) => {
    expect(short(compare('', '', [['Location', recorded]], [['Location', replayed]]))).toEqual(expected);
  });

  it('of text name the words', () => {
    const text: HeaderField[] = [['Content-Type', 'text/html']];
    const differences = compare('<p>Hello Ann, 3 items</p>', '<p>Hello Ann, 4 items</p>', text);
    expect(differences).toMatchObject([{ recorded: '3', replayed: '4' }]);
  });

  it.each([
    ['Sat Nov 21 17:45:03 2026 +0000', 'Sun Nov 22 09:05:13 2026 +0100'],
    ['2026-11-21 17:45:03 +0000', '2026-11-22 09:05:13 +0100'],
    ['2026-11-21T17:45:03.123456Z', '2026-11-22T09:05:13.5+01:00'],
    ['2026-11-21 17:45:03', '2026-11-22 09:05:13'],
    [
      'Sat Nov 21 2026 17:45:03 GMT+0000 (Coordinated Universal Time)',
      'Sun Nov 22 2026 09:05:13 GMT+0100 (Central European Standard Time)',
    ],
    ['Sat, 21 Nov 2026 17:45:03 +0000', 'Sun, 22 Nov 2026 09:05:13 +0100'],
    ['21 Nov 2026 17:45 GMT', '2 Nov 2026 09:05 EST'],
    ['Saturday, 21-Nov-26 17:45:03 GMT', 'Sunday, 22-Nov-26 09:05:13 GMT'],
    ['Sat Nov 21 17:45:03 UTC 2026', 'Sat Nov  7 17:45:03 UTC 2026'],
  ])('of dates are noise, as a value and within a text: %s', (was, now) => {
    expect(short(compare(JSON.stringify({ at: was }), JSON.stringify({ at: now })))).toEqual([
      'body.at (date)',
    ]);
    const text: HeaderField[] = [['Content-Type', 'text/plain']];
    const line = (date: string, count: number) => `commit by Ann\nDate: ${date}\n<b>${count}</b> files`;
    expect(short(compare(line(was, 3), line(now, 3), text))).toEqual(['body word 9 (date)']);
    expect(short(compare(line(was, 3), line(now, 4), text))).toEqual(['body word 9 (date)', 'body word 13']);
  });

  it.each([
    ['2026-11-21', 'never'],
    ['Sat Nov 21 17:45:03 2026 +0000', 'Sat Nov 21'],
    ['17:45:03', '17:45:04'],
    ['version 2026.11', 'version 2026.12'],
  ])('of dates and what is none count: %s and %s', (was, now) => {
    expect(short(compare(JSON.stringify({ at: was }), JSON.stringify({ at: now })))).toEqual(['body.at']);
  });

  it.each([[[]], [[['Content-Type', 'application/octet-stream']]]] as const)(
    'of bodies whose type says nothing go by their looks: %j',
    (fields: readonly HeaderField[]) => {
      const page = (token: string) => `<!DOCTYPE html><input name="csrf_token" value="${token}">`;
      expect(short(compare(page('a@example.com'), page('b@shop.org'), fields))).toEqual([
        'body word 15 (mock)',
      ]);
      expect(short(compare('\n {"token":"ewy_87v6"}', '\n {"token":"tok_g0iq"}', fields))).toEqual([
        'body.token (mock)',
      ]);
      expect(compare('3 of 4', '3 of 5', fields)).toMatchObject([{ recorded: '4', replayed: '5' }]);
    },
  );

  it('of bytes tell the first that differs, and never equal sizes', () => {
    expect(compare('\0abc def ghi jkl', '\0abC def ghi jkl', [])).toEqual([
      {
        where: 'body byte 3',
        recorded: '63 20 64 65 66 20 67 68 … (of 16 bytes)',
        replayed: '43 20 64 65 66 20 67 68 … (of 16 bytes)',
      },
    ]);
    expect(compare('\0ab', '\0abc', [])).toEqual([
      { where: 'body byte 3', recorded: 'the end (of 3 bytes)', replayed: '63 (of 4 bytes)' },
    ]);
  });

  it('look behind gzip', async () => {
    const { gzipSync } = await import('node:zlib');
    const fields: HeaderField[] = [json, ['Content-Encoding', 'gzip']];
    const was = {
      ...sketchExchange({ start: 0, responseFields: fields }),
      responseBody: gzipSync('{"a":1}'),
    };
    const now = answered('', fields);
    if (now.kind !== 'response') throw new Error('it is one');
    expect(differencesOf(was, { ...now, body: gzipSync('{"a":1}', { level: 1 }) }, () => false)).toEqual([]);
    expect(short(differencesOf(was, { ...now, body: gzipSync('{"a":2}') }, () => false))).toEqual(['body.a']);
  });

  it('name a status and an end that are others', () => {
    const was = sketchExchange({ start: 0, status: 500 });
    expect(short(differencesOf(was, answered('', [['Content-Length', '0']], 200), () => false))).toEqual([
      'status',
    ]);
    expect(differencesOf(was, { kind: 'failure', failure: 'reset' }, () => false)).toEqual([
      { where: 'outcome', recorded: '500 Internal Server Error', replayed: 'reset' },
    ]);
    const reset = sketchExchange({ start: 0, status: null, failure: 'service_reset' });
    expect(differencesOf(reset, { kind: 'failure', failure: 'reset' }, () => false)).toEqual([]);
  });
});

import { describe, expect, test } from 'vitest';
import { basic } from '../../../sanitizers/detectors/basic.ts';
import { bearer } from '../../../sanitizers/detectors/bearer.ts';
import { card, luhn } from '../../../sanitizers/detectors/card.ts';
import { cookie } from '../../../sanitizers/detectors/cookie.ts';
import { email } from '../../../sanitizers/detectors/email.ts';
import { jwt } from '../../../sanitizers/detectors/jwt.ts';
import { password } from '../../../sanitizers/detectors/password.ts';
import type { Detector, Place } from '../../../sanitizers/port.ts';

const free: Place = { kind: 'text', name: '' };
const header = (name: string): Place => ({ kind: 'header', name });
const field = (name: string): Place => ({ kind: 'field', name });

type Row = readonly [text: string, place: Place, secrets: readonly string[]];

const hs =
  'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U';

const tables: readonly (readonly [Detector, readonly Row[]])[] = [
  [
    bearer,
    [
      ['Bearer abc.def-ghi', header('authorization'), ['abc.def-ghi']],
      ['bearer   abc', header('proxy-authorization'), ['abc']],
      ['s3cr3tvalue', header('authorization'), ['s3cr3tvalue']],
      ['Basic dXNlcjpwYXNz', header('authorization'), []],
      [
        'Digest username="bob", realm="shop", response="f00dcafe"',
        header('authorization'),
        ['bob', 'f00dcafe'],
      ],
      [
        'AWS4-HMAC-SHA256 Credential=AKID/2026/x, SignedHeaders=host, Signature=beef',
        header('authorization'),
        ['AKID/2026/x', 'beef'],
      ],
      ['Bearer undefined', header('authorization'), []],
      ['opaque-1', field('access_token'), ['opaque-1']],
      ['opaque-1', field('refreshToken'), ['opaque-1']],
      ['opaque-1', header('x-auth-token'), ['opaque-1']],
      ['opaque-1', field('tokens_used'), []],
      ['bearer', field('token_type'), []],
      ['sent Bearer abcdef0123456789abcd to it', free, ['abcdef0123456789abcd']],
      ['the bearer token is missing', free, []],
      ['token=abcdef0123 ok', free, ['abcdef0123']],
      ['{"access_token": "abcdef0123"', free, ['abcdef0123']],
      ['Authorization: Bearer abcdef0123456789', free, ['abcdef0123456789']],
      ['see https://x.test/?access_token=abcdef0123&b=1', free, ['abcdef0123']],
    ],
  ],
  [
    basic,
    [
      ['Basic dXNlcjpwYXNz', header('authorization'), ['dXNlcjpwYXNz']],
      ['Bearer dXNlcjpwYXNz', header('authorization'), []],
      ['Authorization: Basic dXNlcjpwYXNz', free, ['dXNlcjpwYXNz']],
      ['basic knowledge', free, []],
    ],
  ],
  [
    jwt,
    [
      [hs, free, [hs]],
      [`a ${hs}, and ${hs}`, free, [hs, hs]],
      [`prefix_${hs}`, free, [hs]],
      [hs.slice(0, hs.lastIndexOf('.')), free, [hs.slice(0, hs.lastIndexOf('.'))]],
      ['eyJhbGciOiJub25lIn0.eyJhIjoxfQ.', free, ['eyJhbGciOiJub25lIn0.eyJhIjoxfQ.']],
      ['eyJub3QiOiJhIn0.eyJhIjoxfQ.abc', free, []],
      ['eyJ.eyJ.eyJ', free, []],
    ],
  ],
  [
    cookie,
    [
      ['sid=abc; theme="dark0"; lang=en; x=', header('cookie'), ['abc', 'dark0']],
      ['sid=s%3Aabc; Path=/; Max-Age=3600; HttpOnly', header('set-cookie'), ['s%3Aabc']],
      ['sid=deleted; Expires=Thu, 01 Jan 1970 00:00:00 GMT', header('set-cookie'), []],
      ['a=b=c==', header('cookie'), ['b=c==']],
      ['abcdef', field('sessionId'), ['abcdef']],
      ['abcdef', field('phpsessid'), ['abcdef']],
      ['a=b', header('accept'), []],
      ['GET /\nCookie: a=b1c2; c=d\nSet-Cookie: e=f123; Path=/x\n', free, ['b1c2', 'f123']],
      ['session_id=abcdef; sid: "xyz123"', free, ['abcdef', 'xyz123']],
    ],
  ],
  [
    password,
    [
      ['hunter2', field('password'), ['hunter2']],
      ['hunter2', field('user[new_password]'), ['hunter2']],
      ['hunter2', field('passwordconfirmation'), ['hunter2']],
      ['hunter2', field('pwd'), ['hunter2']],
      ['hunter2', field('contraseña'), ['hunter2']],
      ['737', field('cvv'), ['737']],
      ['k3y', header('x-api-key'), ['k3y']],
      ['true', field('password'), ['true']],
      ['password: null', free, []],
      ['********', field('password'), []],
      ['2026-01-01', field('password_expires_at'), []],
      ['hunter2', field('passenger'), []],
      ['login with password=hunter2 failed', free, ['hunter2']],
      ['"password": "hunter 2", "a"', free, ['hunter 2']],
      ['"password": "hun\\"ter2"', free, ['hun\\"ter2']],
      ['<password>hunter2</password>', free, ['hunter2']],
      ['password: "never closed', free, ['never closed']],
    ],
  ],
  [
    card,
    [
      ['4111111111111111', free, ['4111111111111111']],
      ['pay 4111 1111 1111 1111 now', free, ['4111 1111 1111 1111']],
      ['5555-5555-5555-4444', free, ['5555-5555-5555-4444']],
      ['378282246310005 and 6011111111111117', free, ['378282246310005', '6011111111111117']],
      ['3782 822463 10005', free, ['3782 822463 10005']],
      ['4111111111111111 1228', free, ['4111111111111111']],
      ['2026 4111111111111111', free, ['4111111111111111']],
      ['4111111111111112', free, []],
      ['1763736000000000000', free, []],
      ['a4111111111111111', free, []],
      ['41111111111111110000000', free, []],
    ],
  ],
  [
    email,
    [
      ['joe@example.com', free, ['joe@example.com']],
      ['mail <joe.smith+tag@mail.shop.co.uk>, thanks', free, ['joe.smith+tag@mail.shop.co.uk']],
      ['to=joe@example.com', free, ['joe@example.com']],
      ['Joe@Example.COM.', free, ['Joe@Example.COM']],
      ['jürgen@müller.de', free, ['jürgen@müller.de']],
      ['a@b', free, []],
      ['@decorator.name', free, []],
      ['pkg@1.2.3', free, []],
      ['a@@b.de', free, []],
    ],
  ],
];

describe.each(tables.map(([detector, rows]) => ({ name: detector.name, detector, rows })))(
  '$name',
  ({ detector, rows }) => {
    test.each(rows.map(([text, place, secrets]) => ({ text, place, secrets })))(
      'finds $secrets in «$text» ($place.kind $place.name)',
      ({ text, place, secrets }) => {
        const hinted = new RegExp(detector.hint, 'i').test(text);
        if (place.kind === 'text' && secrets.length > 0) expect(hinted).toBe(true);
        expect(detector.find(text, place).map(({ start, end }) => text.slice(start, end))).toEqual(secrets);
      },
    );
  },
);

test.each([
  ['at signs', '@'.repeat(200_000)],
  ['almost addresses', 'a@'.repeat(100_000)],
  ['letters', 'a'.repeat(300_000)],
  ['digits', '4 '.repeat(100_000)],
  ['long digits', '4'.repeat(300_000)],
  ['token beginnings', 'eyJ'.repeat(100_000)],
  ['dotted token beginnings', 'eyJ.'.repeat(80_000)],
  ['assignments', 'password='.repeat(40_000)],
  ['open quotes', 'password="'.repeat(40_000)],
  ['bearers', 'Bearer '.repeat(50_000)],
  ['parameters', `Digest ${'a=b,'.repeat(60_000)}`],
  ['spaces', `password${' '.repeat(300_000)}`],
  ['cookie lines', 'Cookie: a;\n'.repeat(30_000)],
  ['trailing blanks', `Cookie: a=${' '.repeat(100_000)}b`],
])('adversarial text of %s is read to its end', (_, long) => {
  // Time that grew with the square of the length would pass the test's time limit.
  for (const [detector] of tables) {
    for (const place of [free, header('authorization'), field('password')]) {
      expect(detector.find(long, place).length).toBeLessThanOrEqual(long.length / 4);
    }
  }
});

test('Luhn agrees with the examples of the networks', () => {
  expect(['4111111111111111', '378282246310005', '30569309025904'].every(luhn)).toBe(true);
  expect(['4111111111111112', '378282246310006'].some(luhn)).toBe(false);
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createScrubber } from '../../../sanitizers/engine.ts';
import type { SanitizationRule } from '../../../tunnel/config.ts';
import { exchange, text } from '../world.ts';

const article = [{ regex: 'Authorization: Bearer .*', replace: 'Authorization: Bearer [MOCK_TOKEN]' }];

/** The head fields' values of a request after scrubbing. */
function scrubbed(
  fields: readonly (readonly [string, string])[],
  rules: readonly SanitizationRule[] = [],
): readonly string[] {
  const scrubber = createScrubber(rules);
  const raw = exchange({ request: fields });
  scrubber.learn(raw);
  return scrubber.scrub(raw).exchange.request.head.fields.map(([, value]) => value);
}

test.each([
  ['no rules', []],
  ['a rule for bearer tokens', article],
])('token68 of any length and padding is substituted whole and stays apart, with %s', (_, rules) => {
  const token = fc.uint8Array({ minLength: 9, maxLength: 40 });
  const schemes = fc.constantFrom('Bearer', 'Token', 'Negotiate', 'NTLM');
  fc.assert(
    fc.property(fc.uniqueArray(token, { minLength: 2, maxLength: 4 }), schemes, (tokens, scheme) => {
      const given = tokens.map((bytes) => Buffer.from(bytes).toString('base64'));
      const made = scrubbed(
        given.map((value) => ['Authorization', `${scheme} ${value}`]),
        rules,
      );
      expect(new Set(made).size).toBe(new Set(given).size);
      for (const [at, value] of made.entries()) {
        expect(value).not.toContain((given[at] ?? '').replace(/=+$/, ''));
        expect(value).toHaveLength(scheme.length + 1 + (given[at]?.length ?? 0));
      }
    }),
    { numRuns: 100 },
  );
});

test('no parameter of credentials has a value of equals signs alone', () => {
  const [value] = scrubbed([['Authorization', 'Custom dGhpc2lzYXNlY3JldA==, next=abcdef99']]);
  expect(value).not.toContain('dGhpc2lzYXNlY3JldA');
  expect(value).not.toContain('abcdef99');
});

test.each([
  ['Cookie', 'namelesscanary99'],
  ['Cookie', 'a=b; namelesscanary99'],
  ['Set-Cookie', 'namelesscanary99; Path=/'],
  ['Set-Cookie2', 'a=namelesscanary99; Version=1'],
])('a cookie needs no name: %s: %s', (name, value) => {
  const [made] = scrubbed([[name, value]]);
  expect(made).not.toContain('canary99');
  expect(made).toHaveLength(value.length);
  expect(made?.split(';').slice(1)).toEqual(
    name === 'Cookie' ? [...(made ?? '').split(';').slice(1)] : value.split(';').slice(1),
  );
});

test.each([
  [{ password: { value: 'canary one' } }],
  [{ passwords: [{ v: 'canary one' }] }],
  [{ credentials: { user: 'joe', value: 'canary one' } }],
  [{ password: { a: { b: ['canary one'] } } }],
  [{ token: { value: 'canary one', type: 'opaque' } }],
  [{ session: { id: 'canary one', state: 'open' } }],
  [{ password: 'aa_BB', c: 'canary' }, 'aa_BB'],
  [{ password: 'xXxX.x-xX#' }, 'xXxX.x-xX#'],
  [{ password: 'q' }, '"q"'],
])('what stands under a secret name is secret: %j', (body, secret = 'canary one') => {
  const raw = exchange({
    request: [['Content-Type', 'application/json']],
    requestBody: JSON.stringify(body),
  });
  expect(text(createScrubber([]).scrub(raw).requestBody)).not.toContain(secret);
});

test('what a name under a secret name tells of is left alone', () => {
  const body = JSON.stringify({
    credentials: { user: 'joe', type: 'plain', id: 7, user_id: 'u-77' },
    password: { type: 'string', minLength: 8, expires_at: '2026-01-01' },
    session: { id: 'canary99', state: 'open', items: [{ id: 'A-1' }] },
    secret: '********',
    passcode: '[REDACTED]',
    pin: '',
  });
  const raw = exchange({ request: [['Content-Type', 'application/json']], requestBody: body });
  const made = text(createScrubber([]).scrub(raw).requestBody);
  expect(made.replace(/"session":\{"id":"[a-z]{6}\d\d"/, '"session":{"id":"canary99"')).toBe(body);
});

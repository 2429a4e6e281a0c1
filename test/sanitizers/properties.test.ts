import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createScrubber } from '../../sanitizers/engine.ts';
import { runs } from '../properties.ts';
import { exchange, jsonType, text, textType } from './world.ts';

/** Characters whose substitutes are of the same number of bytes, and such as escape one way or another. */
const character = fc.constantFrom(...'abcXYZ0189', ...' -_./+=%&"\\\n', 'é', 'ß', 'щ', '漢', '😀');
const word = fc.string({ unit: character, maxLength: 24 });
const token = fc.string({ unit: fc.constantFrom(...'abcdefXYZW0123456789'), minLength: 14, maxLength: 30 });
const name = fc.constantFrom('password', 'token', 'session_id', 'note', 'email', 'a', 'user[pwd]');
const secretName = fc.constantFrom('password', 'access_token', 'session_id', 'api_key');
const card = fc.constantFrom('4111111111111111', '5555 5555 5555 4444', '378282246310005');
const email = fc.constantFrom(
  'joe.smith@shop-online.com',
  'Ann.Lee@shop-online.com',
  'someone.else@other-place.org',
);
const leaf = fc.oneof(
  word,
  token,
  card,
  email,
  fc.integer(),
  fc.double({ noNaN: true }),
  fc.boolean(),
  fc.constant(null),
);
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5 },
    leaf,
    fc.array(tie('tree'), { maxLength: 5 }),
    fc
      .uniqueArray(fc.tuple(fc.oneof(name, word), tie('tree')), { maxLength: 5, selector: ([k]) => k })
      .map((entries) => Object.fromEntries(entries)),
    tie('tree').map((inner) => JSON.stringify(inner)),
  ),
}));

/** The shape of JSON: kinds of values and how many there are of them, not what they are. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shape);
  if (typeof value === 'object' && value !== null) return Object.values(value).map(shape);
  return value === null || typeof value === 'boolean' ? value : typeof value;
}

const scrubJsonText = (scrubber: ReturnType<typeof createScrubber>, body: string): string =>
  text(scrubber.scrub(exchange({ request: [jsonType], requestBody: body })).requestBody);

test('the structure of JSON is kept', () => {
  fc.assert(
    fc.property(tree, fc.constantFrom(undefined, 2), (value, indent) => {
      const body = JSON.stringify(value, null, indent);
      const made: unknown = JSON.parse(scrubJsonText(createScrubber([]), body));
      expect(shape(made)).toEqual(shape(JSON.parse(body)));
    }),
    runs(300),
  );
});

test('scrubbing what was scrubbed changes nothing', () => {
  const long = fc.array(
    fc.tuple(
      fc.oneof(secretName, name),
      fc.oneof(token, email, card, fc.constantFrom('plain words of mine', '****')),
    ),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(long, (entries) => {
      const scrubber = createScrubber([{ regex: 'X-Note: .*', replace: 'x-note: [MOCK_VALUE]' }]);
      const body = JSON.stringify(entries.map(([key, value]) => ({ [key]: value })));
      const raw = exchange({
        target: `/a/${entries.length}?${new URLSearchParams(entries)}`,
        request: [
          jsonType,
          ['X-Note', `a note of ${entries.length} words`],
          ['Cookie', entries.map(([k, v]) => `${k}=${encodeURIComponent(v)}`).join('; ')],
        ],
        requestBody: body,
      });
      scrubber.learn(raw);
      const once = scrubber.scrub(raw);
      expect(scrubber.scrub(once)).toEqual({
        ...once,
        exchange: { ...once.exchange, peers: expect.anything() },
      });
    }),
    runs(200),
  );
});

test('equal values stay equal, different ones stay different', () => {
  const values = fc.array(fc.oneof(token, email, word, fc.stringMatching(/^\d{3,6}$/)), {
    minLength: 2,
    maxLength: 40,
  });
  fc.assert(
    fc.property(values, (given) => {
      const body = JSON.stringify(given.map((value) => ({ password: value })));
      const made = JSON.parse(scrubJsonText(createScrubber([]), body)) as { password: string }[];
      for (const [a, first] of given.entries()) {
        for (const [b, second] of given.entries()) {
          expect(made[a]!.password === made[b]!.password).toBe(first === second);
        }
      }
    }),
    runs(100),
  );
});

test('a password never stays as it was, and keeps its length and classes', () => {
  const shapeOf = (value: string): string =>
    value
      .replaceAll(/\p{Lu}/gu, 'A')
      .replaceAll(/\p{Ll}/gu, 'a')
      .replaceAll(/\p{Nd}/gu, '0')
      .replaceAll(/\p{Lo}/gu, 'o');
  fc.assert(
    fc.property(
      fc.tuple(word, token).map(([a, b]) => `${a}Z${b}`),
      (password) => {
        const made = (
          JSON.parse(scrubJsonText(createScrubber([]), JSON.stringify({ password }))) as { password: string }
        ).password;
        expect(made).not.toBe(password);
        expect(shapeOf(made)).toBe(shapeOf(password));
        expect(Buffer.byteLength(made)).toBe(Buffer.byteLength(password));
      },
    ),
    runs(300),
  );
});

test('where nothing is hit, every byte is the same', () => {
  const harmless = fc.string({ unit: fc.constantFrom(...'abc XYZ.,-"\\\n{}[]:/é漢'), maxLength: 200 });
  fc.assert(
    fc.property(harmless, fc.boolean(), (body, zipped) => {
      const bytes = zipped ? gzipSync(body) : Buffer.from(body);
      const raw = exchange({
        target: '/a/b;c?d=e+f%20g%zz&h',
        request: [
          textType,
          ['X-Odd', ' a  b ', ':'],
          ...(zipped ? [['Content-Encoding', 'gzip'] as const] : []),
        ],
        requestBody: bytes,
      });
      const scrubbed = createScrubber([{ regex: 'never there', replace: '' }]).scrub(raw);
      expect(scrubbed.requestBody).toBe(raw.requestBody);
      expect(scrubbed.exchange.request).toEqual(raw.exchange.request);
    }),
    runs(300),
  );
});

test('no secret is left in any body, whatever its bytes, and nothing throws', () => {
  const secret = 'Zk39hunterQ2v8Lm';
  const around = fc.uint8Array({ maxLength: 60 });
  const types = fc.constantFrom(
    'application/json',
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=a',
    'image/png',
    'application/octet-stream',
    'text/plain; charset=utf-16',
    '',
  );
  fc.assert(
    fc.property(around, around, types, fc.boolean(), fc.boolean(), (before, after, type, cut, zipped) => {
      const plain = Buffer.concat([before, Buffer.from(` "password": "${secret}" `), after]);
      const bytes = zipped ? gzipSync(plain) : plain;
      const scrubber = createScrubber([]);
      const scrubbed = scrubber.scrub(
        exchange({
          response: [['Content-Type', type], ...(zipped ? [['Content-Encoding', 'gzip'] as const] : [])],
          responseBody: bytes,
          ...(cut ? { lost: 10 } : {}),
        }),
      );
      const left =
        scrubbed.responseBody.length > 0 && zipped
          ? gunzipSync(scrubbed.responseBody)
          : scrubbed.responseBody;
      expect(text(left)).not.toContain(secret);
      expect(scrubbed.exchange.response!.body.size).toBe(scrubbed.responseBody.length);
    }),
    runs(500),
  );
});

test('nothing that a peer can send makes it throw', () => {
  const odd = fc.oneof(
    fc.string({ unit: 'binary-ascii', maxLength: 40 }),
    fc.constantFrom(
      'constructor',
      '__proto__',
      'toString',
      '%',
      '%zz',
      '=',
      '&&',
      '"',
      'Bearer',
      'Basic ',
      'eyJ',
      '@',
      'a@',
      '[::1',
      '\ud800',
    ),
    fc.constantFrom(
      'application/json',
      'multipart/form-data',
      'multipart/form-data; boundary=--',
      'text/plain; charset=utf-16',
      'gzip',
      'deflate',
      'br',
      'zstd',
      'x-gzip, identity',
    ),
  );
  const headerName = fc.oneof(
    fc.constantFrom(
      'Content-Type',
      'Content-Encoding',
      'Content-Length',
      'Cookie',
      'Set-Cookie',
      'Authorization',
      'Location',
      'X-Note',
      'constructor',
    ),
    odd,
  );
  const fields = fc.array(fc.tuple(headerName, odd), { maxLength: 6 });
  const body = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    odd.map((text) => Buffer.from(text, 'latin1')),
    odd.map((text) => gzipSync(text)),
  );
  const scrubber = createScrubber([
    { regex: 'X-Note: .*', replace: '' },
    { regex: '(a)|b', replace: '$1[MOCK_TOKEN]' },
  ]);
  fc.assert(
    fc.property(
      odd,
      odd,
      fields,
      body,
      fields,
      body,
      fc.boolean(),
      (method, target, request, requestBody, response, responseBody, cut) => {
        const raw = exchange({
          method,
          target,
          request,
          requestBody,
          response,
          responseBody,
          session: target,
          ...(cut ? { lost: 5 } : {}),
        });
        scrubber.learn(raw);
        const { exchange: made, requestBody: bytes } = scrubber.scrub(raw);
        expect(made.request.body.size).toBe(bytes.length);
      },
    ),
    runs(1000),
  );
});

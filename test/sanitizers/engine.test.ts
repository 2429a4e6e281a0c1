import {
  brotliCompressSync,
  deflateSync,
  gunzipSync,
  gzipSync,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib';
import { decodeProtectedHeader, generateKeyPair, importJWK, type JWK, jwtVerify, SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { luhn } from '../../sanitizers/detectors/card.ts';
import { createScrubber } from '../../sanitizers/engine.ts';
import type { Scrubber } from '../../sanitizers/port.ts';
import type { ExchangeWithBodies, HeaderField } from '../../tape/exchange.ts';
import { everything, exchange, formType, jsonType, text, textType } from './world.ts';

const field = (fields: readonly HeaderField[] | undefined, name: string): string | undefined =>
  fields?.find(([n]) => n.toLowerCase() === name)?.[1];

const json = (bytes: Uint8Array): unknown => JSON.parse(text(bytes));

function publicHalf({ kty, k, n, e, crv, x, y }: Readonly<Record<string, string>>): JWK {
  return Object.fromEntries(
    Object.entries({ kty, k, n, e, crv, x, y }).filter(([, v]) => v !== undefined),
  ) as JWK;
}

function scrubAll(
  raws: readonly ExchangeWithBodies[],
  scrubber: Scrubber = createScrubber([]),
): ExchangeWithBodies[] {
  for (const raw of raws) scrubber.learn(raw);
  return raws.map((raw) => scrubber.scrub(raw));
}

describe('a value keeps one substitute in a tape', () => {
  test('an opaque token handed out in JSON, brought back in a header, a query and a text', () => {
    const token = 'q9Zk3nT0pLw8Rr5V';
    const [login, use] = scrubAll([
      exchange({ response: [jsonType], responseBody: JSON.stringify({ handle: token, list: [token] }) }),
      exchange({
        target: `/orders/${token}?t=${token}`,
        request: [['authorization', `Bearer ${token}`], textType],
        requestBody: `I hold ${token}.`,
      }),
    ]);
    const substitute = field(use!.exchange.request.head.fields, 'authorization')!.slice('Bearer '.length);
    expect(substitute).toMatch(/^[a-z]\d[A-Z][a-z]\d[a-z][A-Z]\d[a-z][A-Z][a-z]\d[A-Z][a-z]\d[A-Z]$/);
    expect(json(login!.responseBody)).toEqual({ handle: substitute, list: [substitute] });
    expect(use!.exchange.request.head.target).toBe(`/orders/${substitute}?t=${substitute}`);
    expect(text(use!.requestBody)).toBe(`I hold ${substitute}.`);
    expect(everything(login!) + everything(use!)).not.toContain(token);
  });

  test('a cookie set, sent, named in a body, and the session it makes', () => {
    const [first, second] = scrubAll([
      exchange({ response: [['Set-Cookie', 'sid=s%3AKq81LmZx02PoqWvR.sig%2Bsig/x; Path=/; HttpOnly']] }),
      exchange({
        session: 's%3AKq81LmZx02PoqWvR.sig%2Bsig/x',
        request: [['Cookie', 'a=1; sid=s%3AKq81LmZx02PoqWvR.sig%2Bsig/x'], jsonType],
        requestBody: '{"id":"Kq81LmZx02PoqWvR"}',
      }),
    ]);
    const set = field(first!.exchange.response?.head.fields, 'set-cookie')!;
    const value = /^sid=([^;]+); Path=\/; HttpOnly$/.exec(set)![1]!;
    expect(field(second!.exchange.request.head.fields, 'cookie')).toBe(`a=1; sid=${value}`);
    expect(second!.exchange.session).toBe(value);
    expect(decodeURIComponent(value)).toContain((json(second!.requestBody) as { id: string }).id);
    expect(everything(second!)).not.toContain('Kq81LmZx02PoqWvR');
  });

  test('basic credentials join with the fields that made them', () => {
    const encoded = Buffer.from('joe@shop.example.com:hunter2000').toString('base64');
    const [login] = scrubAll([
      exchange({
        request: [['Authorization', `Basic ${encoded}`], jsonType],
        requestBody: '{"user":"joe@shop.example.com","password":"hunter2000"}',
      }),
    ]);
    const mock = Buffer.from(
      field(login!.exchange.request.head.fields, 'authorization')!.slice(6),
      'base64',
    ).toString();
    const body = json(login!.requestBody) as { user: string; password: string };
    expect(mock).toBe(`${body.user}:${body.password}`);
    expect(body.password).toMatch(/^[a-z]{6}\d{4}$/);
  });

  test('another tape has other substitutes', () => {
    const raw = (): ExchangeWithBodies =>
      exchange({ request: [['Authorization', 'Bearer abcdefghijklmnop1234']] });
    expect(scrubAll([raw()])[0]!.exchange.request.head.fields).not.toEqual(
      scrubAll([raw()])[0]!.exchange.request.head.fields,
    );
  });

  test('values of the shortest shapes never become one', () => {
    const values = Array.from({ length: 1000 }, (_, n) => String(n).padStart(3, '0'));
    const scrubber = createScrubber([]);
    const pins = values.map((pin) => {
      const scrubbed = scrubber.scrub(
        exchange({ request: [jsonType], requestBody: JSON.stringify({ pin }) }),
      );
      return (json(scrubbed.requestBody) as { pin: string }).pin;
    });
    expect(new Set(pins).size).toBe(1000);
    expect(pins.some((pin, at) => pin === values[at])).toBe(false);
  });
});

describe('payment cards', () => {
  test('keep issuer, length and separators, fail Luhn, and join across forms', () => {
    const [scrubbed] = scrubAll([
      exchange({
        request: [jsonType],
        requestBody: '{"card":"4111 1111 1111 1111","n":4111111111111111,"again":"4111-1111-1111-1111"}',
      }),
    ]);
    const body = json(scrubbed!.requestBody) as { card: string; n: number; again: string };
    const digits = body.card.replaceAll(' ', '');
    expect(body.card).toMatch(/^4111 11\d\d \d{4} \d{4}$/);
    expect(luhn(digits)).toBe(false);
    expect(String(body.n)).toBe(digits);
    expect(body.again.replaceAll('-', '')).toBe(digits);
  });
});

describe('e-mail addresses', () => {
  test('keep their length, differ as they did, and reach no one', () => {
    const [scrubbed] = scrubAll([
      exchange({
        request: [jsonType],
        requestBody:
          '["joe.smith@acme-shop.com","Joe.Smith@acme-shop.com","ann@acme-shop.com","joe.smith@other.org"]',
      }),
    ]);
    const [joe, upper, ann, other] = json(scrubbed!.requestBody) as string[];
    expect(joe).toMatch(/^[a-z]{3}\.[a-z]{5}@[a-z]{5}\.example$/);
    expect(upper!.toLowerCase()).toBe(joe);
    expect(upper).not.toBe(joe);
    expect(ann!.split('@')[1]).toBe(joe!.split('@')[1]);
    expect(other).toMatch(/^[a-z]{3}\.[a-z]{5}@[a-z]{4}\.test$/);
  });
});

describe('JSON web tokens', () => {
  const algorithms = ['HS256', 'HS512', 'RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'] as const;

  test.each(algorithms)(
    '%s: same header and claims, signed with the key that is on the tape',
    async (alg) => {
      const key = alg.startsWith('HS') ? Buffer.alloc(64, 7) : (await generateKeyPair(alg)).privateKey;
      const token = await new SignJWT({ sub: 'u-1', email: 'joe@shop.example.com', admin: true })
        .setProtectedHeader({ alg, typ: 'JWT', kid: 'k1' })
        .setIssuedAt(1_700_000_000)
        .sign(key);
      const scrubber = createScrubber([]);
      const [scrubbed] = scrubAll(
        [
          exchange({
            request: [['Authorization', `Bearer ${token}`], jsonType],
            requestBody: JSON.stringify({ token, email: 'joe@shop.example.com' }),
          }),
        ],
        scrubber,
      );
      const mock = field(scrubbed!.exchange.request.head.fields, 'authorization')!.slice(7);
      const body = json(scrubbed!.requestBody) as { token: string; email: string };
      expect(body.token).toBe(mock);
      expect(mock.split('.')[2]).not.toBe(token.split('.')[2]);
      expect(decodeProtectedHeader(mock)).toEqual({ alg, typ: 'JWT', kid: 'k1' });
      expect(scrubber.mockKeys).toHaveLength(1);
      const { payload } = await jwtVerify(mock, await importJWK(publicHalf(scrubber.mockKeys[0]!), alg));
      expect(payload).toEqual({ sub: 'u-1', email: body.email, admin: true, iat: 1_700_000_000 });
      expect(body.email).not.toContain('joe');
    },
  );

  test('no key is made where no token is met', () => {
    const scrubber = createScrubber([]);
    scrubber.scrub(exchange({ requestBody: 'nothing' }));
    expect(scrubber.mockKeys).toEqual([]);
  });
});

describe('rules of the tunnel', () => {
  const article = [{ regex: 'Authorization: Bearer .*', replace: 'Authorization: Bearer [MOCK_TOKEN]' }];

  test.each(['Authorization', 'authorization', 'AUTHORIZATION'])(
    'match the name %s and keep its case',
    (name) => {
      const [scrubbed] = scrubAll(
        [
          exchange({
            request: [[name, 'Bearer abcdefgh12345678'], jsonType],
            requestBody: '{"t":"abcdefgh12345678"}',
          }),
        ],
        createScrubber(article),
      );
      const [given, value] = scrubbed!.exchange.request.head.fields[0]!;
      expect(given).toBe(name);
      expect(value).toMatch(/^Bearer [a-z]{8}\d{8}$/);
      expect(json(scrubbed!.requestBody)).toEqual({ t: value.slice(7) });
    },
  );

  test('a generator takes what stands between the literals where no detector finds anything', () => {
    const rules = [{ regex: 'X-Customer: .*', replace: 'X-Customer: [MOCK_VALUE]' }];
    const [scrubbed] = scrubAll(
      [
        exchange({
          request: [
            ['x-customer', 'ACME-4711'],
            ['X-Other', 'ACME-4711'],
          ],
        }),
      ],
      createScrubber(rules),
    );
    const [own, other] = scrubbed!.exchange.request.head.fields;
    expect(own![1]).toMatch(/^[A-Z]{4}-\d{4}$/);
    expect(other![1]).toBe(own![1]);
  });

  test('literal replacements stay as the user wrote them', () => {
    const rules = [{ regex: 'Authorization: .*', replace: 'Authorization: Bearer REMOVED-BY-POLICY' }];
    const [scrubbed] = scrubAll(
      [exchange({ request: [['Authorization', 'Bearer abcdefgh12345678']] })],
      createScrubber(rules),
    );
    expect(field(scrubbed!.exchange.request.head.fields, 'authorization')).toBe('Bearer REMOVED-BY-POLICY');
  });

  test('groups of the regex can be kept', () => {
    const rules = [{ regex: '"(first|last)Name":\\s*"[^"]*"', replace: '"$1Name":"-"' }];
    const [scrubbed] = scrubAll(
      [exchange({ request: [jsonType], requestBody: '{"firstName": "Ann","lastName":"Lee"}' })],
      createScrubber(rules),
    );
    expect(text(scrubbed!.requestBody)).toBe('{"firstName":"-","lastName":"-"}');
  });

  test('a greedy rule does not reach out of a string of JSON', () => {
    const raw = { log: 'sent Authorization: Bearer abcdefgh12345678 twice', next: 1 };
    const [scrubbed] = scrubAll(
      [exchange({ request: [jsonType], requestBody: JSON.stringify(raw) })],
      createScrubber(article),
    );
    const body = json(scrubbed!.requestBody) as { log: string; next: number };
    expect(body.log).toMatch(/^sent Authorization: Bearer [a-z]{8}\d{8}$/);
    expect(body.next).toBe(1);
  });

  test('a regex that RE2 refuses is refused with its place', () => {
    expect(() => createScrubber([...article, { regex: '(?=x)', replace: '' }])).toThrow(
      expect.objectContaining({ code: 'config-invalid', where: 'spec.sanitization[1]' }),
    );
  });

  test('a rule with a catastrophic shape ends', () => {
    const scrubber = createScrubber([{ regex: '(a+)+$', replace: 'x' }]);
    const raw = exchange({ request: [textType], requestBody: `${'a'.repeat(50_000)}!` });
    expect(scrubber.scrub(raw).requestBody).toBe(raw.requestBody);
  });
});

describe('places', () => {
  const secret = 'hunter2-Zk39';
  const escaped = encodeURIComponent(`${secret} &x`);
  test.each([
    ['query', exchange({ target: `/login?user=a&password=${escaped}` })],
    ['matrix parameter', exchange({ target: `/login;password=${escaped}/x` })],
    ['user info', exchange({ target: `http://joe:${secret}@shop.test/x` })],
    [
      'fragment of a Referer',
      exchange({ request: [['Referer', `https://a.test/x#access_token=${secret}`]] }),
    ],
    ['Location', exchange({ response: [['Location', `/cb?token=${secret}`]] })],
    ['header', exchange({ request: [['X-Api-Key', secret]] })],
    ['form', exchange({ request: [formType], requestBody: `a=b&user%5Bpassword%5D=${escaped}&c` })],
    ['form by its looks', exchange({ requestBody: `a=b&password=${escaped}` })],
    ['JSON', exchange({ request: [jsonType], requestBody: `{"a":[{"password":["${secret}"]}]}` })],
    ['JSON by its looks', exchange({ requestBody: ` {"password":"${secret}"}` })],
    ['JSON said to be text', exchange({ request: [textType], requestBody: `{"password":"${secret}"}` })],
    [
      'JSON with escapes',
      exchange({ request: [jsonType], requestBody: `{"pass\\u0077ord":"hunter2-\\u005ak39"}` }),
    ],
    [
      'JSON in a string',
      exchange({ request: [jsonType], requestBody: JSON.stringify({ a: `{"password":"${secret}"}` }) }),
    ],
    [
      'URL in JSON',
      exchange({
        request: [jsonType],
        requestBody: JSON.stringify({ u: `https://x.test/?token=${secret}` }),
      }),
    ],
    [
      'NDJSON',
      exchange({
        request: [['content-type', 'application/x-ndjson']],
        requestBody: `{"a":1}\n{"password":"${secret}"}\n`,
      }),
    ],
    ['text', exchange({ request: [textType], requestBody: `line\npassword=${secret}\n` })],
    [
      'XML',
      exchange({
        request: [['content-type', 'text/xml']],
        requestBody: `<a><password>${secret}</password></a>`,
      }),
    ],
    [
      'server-sent events',
      exchange({
        response: [['Content-Type', 'text/event-stream']],
        responseBody: `data: {"password":"${secret}"}\n\n`,
      }),
    ],
    [
      'multipart',
      exchange({
        request: [['Content-Type', 'multipart/form-data; boundary=XX']],
        requestBody: `--XX\r\nContent-Disposition: form-data; name="password"\r\n\r\n${secret}\r\n--XX--\r\n`,
      }),
    ],
    [
      'multipart with a part of JSON',
      exchange({
        request: [['Content-Type', 'multipart/form-data; boundary="XX"']],
        requestBody: `--XX\r\nContent-Type: application/json\r\n\r\n{"password":"${secret}"}\r\n--XX--`,
      }),
    ],
  ])('%s', (_, raw) => {
    const [scrubbed] = scrubAll([raw]);
    const all = everything(scrubbed!) + decodeURIComponent(scrubbed!.exchange.request.head.target);
    expect(all).not.toContain(secret);
    expect(all).not.toContain('-Zk39');
    expect(scrubbed!.requestBody.length).toBe(raw.requestBody.length - (_.includes('escapes') ? 5 : 0));
    expect(scrubbed!.exchange.gaps).toBeUndefined();
  });

  test('numbers stay numbers, and strings of digits join with them', () => {
    const [scrubbed] = scrubAll([
      exchange({
        request: [jsonType],
        requestBody: '{"pin":-1204.5e3,"password":90210,"p":[{"password":"90210"}]}',
      }),
    ]);
    const body = json(scrubbed!.requestBody) as { pin: number; password: number; p: { password: string }[] };
    expect(text(scrubbed!.requestBody)).toMatch(/"pin":-[1-9]\d{3}\.\de3/);
    expect(String(body.password)).toBe(body.p[0]!.password);
    expect(body.password).not.toBe(90210);
  });

  test('nesting a hundred thousand deep costs no stack', () => {
    const deep = `${'[{"a":'.repeat(100_000)}{"password":"hunter2"}${'}]'.repeat(100_000)}`;
    const [scrubbed] = scrubAll([exchange({ request: [jsonType], requestBody: deep })]);
    expect(text(scrubbed!.requestBody)).toMatch(
      /^(\[\{"a":){100000}\{"password":"[a-z]{6}\d"\}(\}\]){100000}$/,
    );
  });
});

describe('content codings', () => {
  const body = `{"password":"hunter2000","pad":"${'x'.repeat(500)}"}`;
  const cases = [
    ['gzip', gzipSync(body), (b: Uint8Array) => gunzipSync(b)],
    ['zstd', zstdCompressSync(body), (b: Uint8Array) => zstdDecompressSync(b)],
  ] as const;

  test.each(cases)('%s is opened, scrubbed and closed, lengths mended', (coding, bytes, open) => {
    const fields: HeaderField[] = [
      jsonType,
      ['Content-Encoding', coding],
      ['content-length', String(bytes.length)],
    ];
    const [scrubbed] = scrubAll([exchange({ response: fields, responseBody: bytes })]);
    const plain = open(scrubbed!.responseBody).toString();
    expect(plain).toMatch(/^\{"password":"[a-z]{6}\d{4}","pad":"x{500}"\}$/);
    expect(plain).not.toContain('hunter2000');
    const response = scrubbed!.exchange.response!;
    expect(field(response.head.fields, 'content-length')).toBe(String(scrubbed!.responseBody.length));
    expect(response.body.size).toBe(scrubbed!.responseBody.length);
    expect(response.body.arrivals).toEqual([[15, response.body.size]]);
  });

  test.each([
    ['br', brotliCompressSync(body)],
    ['deflate', deflateSync(body)],
    ['gzip, br', brotliCompressSync(gzipSync(body))],
    ['none told', gzipSync(body)],
    ['zstd', Buffer.concat([zstdCompressSync('{"a":1}'), zstdCompressSync(body)])],
  ])('%s holds no secret after it', (coding, bytes) => {
    const fields: HeaderField[] = coding === 'none told' ? [] : [['Content-Encoding', coding]];
    const scrubber = createScrubber([]);
    const [scrubbed] = scrubAll([exchange({ response: fields, responseBody: bytes })], scrubber);
    const again = createScrubber([]);
    again.scrub(scrubbed!);
    expect(scrubbed!.responseBody).not.toEqual(bytes);
    expect(scrubber.gaps).toEqual([]);
    expect(again.runs.find((run) => run.name === 'password')?.hits).toBe(1);
  });

  test('chunk sizes follow a body whose size changed', () => {
    const raw = exchange({
      response: [textType],
      responseBody: 'Authorization: secret-of-mine\nand more of it, unchanged\n',
      framing: { kind: 'chunked', chunks: [[30, ';a=1'], [20], [6]] },
    });
    const scrubber = createScrubber([{ regex: 'Authorization: .*', replace: 'none' }]);
    const { body: made } = scrubber.scrub(raw).exchange.response!;
    const sizes = made.framing.kind === 'chunked' ? made.framing.chunks.map(([size]) => size) : [];
    expect(sizes.reduce((a, b) => a + b, 0)).toBe(made.size);
    expect(sizes.every((size) => size > 0)).toBe(true);
  });
});

describe('what cannot be read is dropped and said', () => {
  const bomb = gzipSync(Buffer.alloc(65 * 1024 * 1024, 'a'));
  test.each([
    ['broken gzip', [['Content-Encoding', 'gzip']], Buffer.from('hunter2 is no gzip')],
    ['a coding that is not known', [['Content-Encoding', 'compress']], Buffer.from('hunter2')],
    [
      'a coding named like a member of objects',
      [['Content-Encoding', 'constructor']],
      Buffer.from('hunter2'),
    ],
    ['a bomb', [['Content-Encoding', 'gzip']], bomb],
    ['broken UTF-8', [jsonType], Buffer.from('{"password":"hunter2\xff"}', 'latin1')],
    ['malformed JSON', [jsonType], Buffer.from('{"password" "hunter2"}')],
    ['binary', [['Content-Type', 'application/x-protobuf']], Buffer.from('\x0a\x07hunter2', 'latin1')],
    [
      'multipart without its end',
      [['Content-Type', 'multipart/form-data; boundary=X']],
      Buffer.from('--X\r\n\r\nhunter2'),
    ],
    [
      'bytes behind a gzip',
      [['Content-Encoding', 'gzip']],
      Buffer.concat([gzipSync('a'), Buffer.from('hunter2')]),
    ],
    [
      'bytes behind a brotli stream',
      [['Content-Encoding', 'br']],
      Buffer.concat([brotliCompressSync('a'), Buffer.from('hunter2')]),
    ],
  ] as [string, HeaderField[], Buffer][])('%s', (_, fields, bytes) => {
    const scrubber = createScrubber([]);
    const [scrubbed] = scrubAll(
      [exchange({ response: [...fields, ['Content-Length', String(bytes.length)]], responseBody: bytes })],
      scrubber,
    );
    expect(scrubbed!.responseBody).toHaveLength(0);
    expect(scrubbed!.exchange.response!.body).toMatchObject({
      size: 0,
      arrivals: [],
      lost: { bytes: bytes.length, cause: 'unreadable' },
    });
    expect(scrubbed!.exchange.gaps).toEqual([
      { cause: 'unreadable', count: bytes.length, unit: 'bytes', from: 20, what: 'response.body' },
    ]);
    expect(scrubber.gaps).toMatchObject([
      { cause: 'unreadable', count: bytes.length, what: 'response.body' },
    ]);
    expect(scrubber.runs.find((run) => run.name === 'bodies')?.dropped).toBe(1);
  });

  test('a picture passes', () => {
    const bytes = Buffer.concat([
      Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1'),
      Buffer.alloc(100, 0xfe),
    ]);
    const raw = exchange({ response: [['Content-Type', 'image/png']], responseBody: bytes });
    expect(createScrubber([]).scrub(raw).responseBody).toBe(bytes);
  });
});

describe('a secret that truncation cut in two does not escape', () => {
  test.each([
    ['JSON string', [jsonType], '{"a":1,"password":"hunte', '{"a":1,"password":'],
    ['JSON number', [jsonType], '{"a":1,"n":41111111', '{"a":1,"n":'],
    ['JSON token', [jsonType], '["eyJhbGciOiJIUzI1', '['],
    ['form', [formType], 'a=b&password=hunte', 'a=b&'],
    ['text', [textType], 'card 4111 1111 11', 'card'],
    ['text', [textType], 'hello mail joe@exa', 'hello mail'],
    ['half a character', [textType], Buffer.from('Größe: 12 ü').subarray(0, -1), 'Größe:'],
  ] as [string, HeaderField[], string | Buffer, string][])('%s', (_, fields, given, kept) => {
    const raw = exchange({
      response: [...fields, ['Content-Length', '1000']],
      responseBody: given,
      lost: 1000 - Buffer.from(given).length,
    });
    const scrubbed = createScrubber([]).scrub(raw);
    const { body, head } = scrubbed.exchange.response!;
    expect(text(scrubbed.responseBody)).toBe(kept);
    expect(body.size + body.lost!.bytes).toBe(1000);
    expect(body.lost!.cause).toBe('body_limit');
    expect(field(head.fields, 'content-length')).toBe('1000');
  });

  test('gzip', () => {
    const whole = gzipSync(
      `word `.repeat(50) + Array.from({ length: 400 }, (_, n) => `k${n * 7919}`).join(' '),
    );
    const raw = exchange({
      response: [textType, ['Content-Encoding', 'gzip']],
      responseBody: whole.subarray(0, whole.length - 100),
      lost: 100,
    });
    const scrubbed = createScrubber([]).scrub(raw);
    expect(gunzipSync(scrubbed.responseBody).toString()).toMatch(/^(word )+(k\d+ )+k\d+$/);
  });
});

describe('what stands beside payloads', () => {
  test('fingerprints follow the scrubbed target, peers are no addresses of anyone', () => {
    const raw = exchange({ target: '/users/joe@shop.example.com/orders/77' });
    const mark = { trigger: 'on_status', at: 5, fingerprint: 'POST /users/{id}/orders/{id} 500' } as const;
    const other = { ...mark, fingerprint: 'POST /users/joe@shop.example.com/orders/{id} 500' };
    const scrubber = createScrubber([]);
    const { exchange: made } = scrubber.scrub({
      ...raw,
      exchange: { ...raw.exchange, triggers: [other, mark] },
    });
    const path = made.request.head.target.split('/').slice(0, 4).join('/');
    expect(made.triggers!.map((t) => t.fingerprint)).toEqual([`POST ${path}/{id} 500`, mark.fingerprint]);
    expect(scrubber.scrubMark(other).fingerprint).toBe(`POST ${path}/{id} 500`);
    expect(made.peers.client).toMatch(/^10\.\d+\.\d+\.\d+:51234$/);
  });

  test('chunk extensions are scrubbed as texts', () => {
    const chunks = [[3, ';token=abcdef0123456789'], [2]] as const;
    const raw = exchange({
      response: [textType],
      responseBody: 'hello',
      framing: { kind: 'chunked', chunks },
    });
    const { framing } = createScrubber([]).scrub(raw).exchange.response!.body;
    expect(framing).toEqual({
      kind: 'chunked',
      chunks: [[3, expect.stringMatching(/^;token=[a-f0-9]{16}$/)], [2]],
    });
    expect(framing).not.toEqual({ kind: 'chunked', chunks });
  });

  test('runs tell where what was found, and learning counts nothing', () => {
    const scrubber = createScrubber([{ regex: 'X-A: .*', replace: 'X-A: [MOCK_VALUE]' }]);
    const raw = exchange({
      request: [['X-A', 'some-value'], jsonType],
      requestBody: '{"password":"hunter2","password2":"hunter3"}',
    });
    scrubber.learn(raw);
    expect(scrubber.runs.every((run) => run.hits === 0)).toBe(true);
    scrubber.scrub(raw);
    expect(scrubber.runs.filter((run) => run.hits > 0)).toEqual([
      { name: 'rule 1', version: 1, hits: 1, dropped: 0, places: { 'request.head': 1 } },
      { name: 'password', version: 2, hits: 2, dropped: 0, places: { 'request.body': 2 } },
    ]);
  });
});

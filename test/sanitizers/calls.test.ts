import {
  brotliCompressSync,
  brotliDecompressSync,
  deflateSync,
  gunzipSync,
  gzipSync,
  inflateSync,
  zstdCompressSync,
  zstdDecompressSync,
} from 'node:zlib';
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, test } from 'vitest';
import { createScrubber } from '../../sanitizers/engine.ts';
import type { Body, Exchange, ExchangeWithBodies, HeaderField } from '../../tape/exchange.ts';
import { encodeText } from '../../wire/grpc/base64-body.ts';
import { readFrames, writeFrame } from '../../wire/grpc/messages.ts';
import { decodeStatusMessage, encodeStatusMessage } from '../../wire/grpc/metadata.ts';
import { addDescriptorSet } from '../../wire/protobuf/descriptor-set.ts';
import { Schemas } from '../../wire/protobuf/schema.ts';
import { runs } from '../properties.ts';
import { encode as encodeItem, schemas as itemSchemas, items, setOf } from '../wire/protobuf/messages.ts';
import { everything } from './world.ts';

const source = `
  syntax = "proto3";
  package bank.v1;
  service Accounts { rpc Open (Request) returns (Request); }
  message Request {
    string user_name = 1;
    string password = 2;
    Credentials credentials = 3;
    map<string, string> headers = 4;
    repeated Setting settings = 5;
    bytes session_key = 6;
    uint64 card_number = 7;
    int32 pin = 8;
    string note = 9;
    repeated int64 numbers = 10;
    repeated string access_tokens = 11;
    bytes raw = 12;
    Request inner = 13;
  }
  message Credentials { string value = 1; string kind = 2; }
  message Setting { string name = 1; string value = 2; }
`;
const root = protobuf.parse(source).root;
root.resolveAll();
const Request = root.lookupType('bank.v1.Request');
const known = new Schemas();
addDescriptorSet(known, setOf(root));
const none = new Schemas();

type Fields = Record<string, unknown>;
const encode = (fields: Fields): Uint8Array =>
  Uint8Array.from(Request.encode(Request.fromObject(fields)).finish());
const decode = (bytes: Uint8Array): Fields =>
  Request.toObject(Request.decode(bytes), { longs: String, bytes: Buffer }) as Fields;

interface Given {
  readonly type?: string;
  readonly target?: string;
  readonly method?: string;
  readonly request?: readonly HeaderField[];
  readonly body?: Uint8Array;
  readonly arrivals?: Body['arrivals'];
  readonly response?: readonly HeaderField[];
  readonly responseType?: string;
  readonly status?: number;
  readonly responseBody?: Uint8Array;
  readonly trailers?: readonly HeaderField[];
  readonly triggers?: Exchange['triggers'];
}

/** One call as decoding leaves it. */
function call(given: Given): ExchangeWithBodies {
  const { type = 'application/grpc', target = '/bank.v1.Accounts/Open', method = 'POST' } = given;
  const [requestBody, responseBody] = [
    given.body ?? new Uint8Array(),
    given.responseBody ?? new Uint8Array(),
  ];
  const body = (bytes: Uint8Array, arrivals?: Body['arrivals']): Body => ({
    size: bytes.length,
    framing: { kind: 'stream' },
    arrivals: arrivals ?? (bytes.length === 0 ? [] : [[15, bytes.length]]),
  });
  const contentType: HeaderField[] = type === '' ? [] : [['content-type', type]];
  return {
    exchange: {
      ...{ id: 1, instance: 0, service: 'bank:8080', connection: 1, message: 1 },
      ...{ direction: 'inbound', protocol: 'http/2' },
      peers: { client: '203.0.113.9:51234', service: '10.0.0.7:8080' },
      request: {
        head: { method, target, version: 'HTTP/2', fields: [...contentType, ...(given.request ?? [])] },
        body: body(requestBody, given.arrivals),
      },
      response: {
        head: {
          ...{ version: 'HTTP/2', status: given.status ?? 200, reason: '' },
          fields: [['content-type', given.responseType ?? type], ...(given.response ?? [])],
        },
        body: body(responseBody),
        ...(given.trailers === undefined ? {} : { trailers: given.trailers }),
      },
      times: { requestStart: 0, requestEnd: 10, responseStart: 20, responseEnd: 30 },
      ...(given.triggers === undefined ? {} : { triggers: given.triggers }),
    },
    requestBody,
    responseBody,
  };
}

function scrub(given: Given, schemas = known): ExchangeWithBodies {
  const scrubber = createScrubber([], schemas);
  const raw = call(given);
  scrubber.learn(raw);
  return scrubber.scrub(raw);
}

const framed = (...messages: Uint8Array[]): Buffer =>
  Buffer.concat(messages.map((message) => writeFrame(0, message)));
const messagesOf = (body: Uint8Array) =>
  readFrames(body, 'grpc', '', []).frames.map(({ payload }) => payload);
/** The only message of a request that was scrubbed. */
const only = (fields: Fields, schemas = known): Fields => {
  const [message] = messagesOf(scrub({ body: framed(encode(fields)) }, schemas).requestBody);
  return decode(message!);
};

const password = 'canary-Pass-93wörd';
const token = 'canaryBearer7Q2xkP90aLmZ';
const jwt =
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkiLCJleHAiOjE3MDAwMDAwMDB9.c2lnbmF0dXJlLW9mLWNhbmFyeS0wMTIzNDU2Nzg5';
const email = 'canary.mail@canary-shop.example.org';
const cardNumber = '4539578763621486';

describe('a message with a schema', () => {
  test.each<[string, Fields, string]>([
    ['a field of a secret’s name', { password }, password],
    ['a repeated one', { accessTokens: ['x', token] }, token],
    ['a field in a message of a secret’s name', { credentials: { value: token, kind: 'basic' } }, token],
    ['the value of a map, by its key', { headers: { authorization: `Bearer ${token}`, host: 'a' } }, token],
    ['a value that its sibling names', { settings: [{ name: 'db_password', value: password }] }, password],
    ['a value that stands before its name', { settings: [{ value: password, name: 'password' }] }, password],
    ['an address', { note: `write to ${email}` }, email],
    ['a token of a known form', { note: jwt }, jwt],
    ['a card number in a text', { note: 'card 4539 5787 6362 1486' }, '4539 5787 6362 1486'],
    ['a message in a message', { inner: { inner: { password } } }, password],
  ])('loses %s', (_, fields, secret) => {
    const made = only(fields);
    expect(JSON.stringify(made)).not.toContain(secret);
    expect(Object.keys(made)).toEqual(Object.keys(decode(encode(fields))));
  });

  test('loses numbers that are secret, by their names and by what they look like', () => {
    const made = only({ cardNumber, pin: 4921, numbers: [cardNumber, '7'] });
    expect(made.cardNumber).toMatch(/^453957\d{10}$/);
    expect(made.cardNumber).not.toBe(cardNumber);
    expect(made.pin).not.toBe(4921);
    expect(String(made.pin)).toHaveLength(4);
    expect(made.numbers).toEqual([made.cardNumber, '7']);
  });

  test('loses bytes of a secret’s name, and has as many others', () => {
    const key = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');
    const made = only({ sessionKey: key }).sessionKey as Buffer;
    expect(made).toHaveLength(16);
    expect(made.equals(key)).toBe(false);
  });

  test('keeps all that is no secret, unknown fields too, byte for byte', () => {
    const unknown = Buffer.from([0xfa, 0x86, 0x00, 0x03, 0x61, 0x62, 0x63]);
    const bytes = Buffer.concat([encode({ userName: 'ann', note: 'fine', pin: 0 }), unknown]);
    const raw = framed(bytes);
    expect(scrub({ body: raw }).requestBody).toBe(raw);
    const secret = Buffer.concat([unknown, encode({ userName: 'ann', password })]);
    const [made] = messagesOf(scrub({ body: framed(secret) }).requestBody);
    expect(Buffer.from(made!).subarray(0, unknown.length)).toEqual(unknown);
    expect(decode(made!).userName).toBe('ann');
  });

  test('has one substitute for a value wherever it stands', () => {
    const made = scrub({
      request: [['authorization', `Bearer ${token}`]],
      body: framed(encode({ note: token }), encode({ accessTokens: [token] })),
    });
    const field = made.exchange.request.head.fields.find(([name]) => name === 'authorization')?.[1] ?? '';
    const [first, second] = messagesOf(made.requestBody).map(decode);
    expect(everything(made)).not.toContain(token);
    expect([first?.note, second?.accessTokens]).toEqual([field.slice(7), [field.slice(7)]]);
  });

  test('of any shape without secrets stays as it is', () => {
    fc.assert(
      fc.property(items, (given) => {
        const plain = { ...given, big: '1', huge: '2', serial: '3', balance: '4', counts: {}, byId: {} };
        const raw = writeFrame(0, encodeItem(withoutText(plain)));
        const made = scrub({ target: '/shop.v1.Carts/Add', body: raw }, itemSchemas());
        expect(made.requestBody).toBe(raw);
      }),
      runs(30),
    );
  });
});

describe('a message that is written in another way than its schema says', () => {
  test('is scrubbed as what it is, and keeps its shape', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 1, max: 13 }), (content, number) => {
        const written = [
          [number * 8, 0xff, 0xff, 0x03],
          [number * 8 + 1, 1, 2, 3, 4, 5, 6, 7, 8],
          [number * 8 + 2, content.length, ...content],
          [number * 8 + 5, 9, 9, 9, 9],
        ];
        for (const bytes of written) {
          const [made] = messagesOf(scrub({ body: framed(Uint8Array.from(bytes)) }).requestBody);
          if (made === undefined) continue;
          expect(made[0]).toBe(bytes[0]);
          if (bytes[0] === number * 8 + 1 || bytes[0] === number * 8 + 5)
            expect(made).toHaveLength(bytes.length);
        }
      }),
    );
  });
});

describe('a message without a schema', () => {
  test.each<[string, Fields, string]>([
    ['an address', { note: `write to ${email}` }, email],
    ['a token of a known form', { note: jwt }, jwt],
    ['a secret in a message in a message', { inner: { inner: { note: email } } }, email],
    ['the value of what looks like a map’s entry', { headers: { password } }, password],
    ['an address in bytes that are no text', { raw: Buffer.from(`\0\u0001${email}`) }, email],
    ['JSON in a text', { note: JSON.stringify({ a: { password } }) }, password],
  ])('loses %s', (_, fields, secret) => {
    const body = framed(encode(fields));
    expect(Buffer.from(scrub({ body }, none).requestBody).toString()).not.toContain(secret);
  });

  test('loses numbers of cards, also where they are packed', () => {
    const made = only({ cardNumber, numbers: [cardNumber, cardNumber] }, none);
    expect(made.cardNumber).not.toBe(cardNumber);
    expect(made.numbers).toEqual([made.cardNumber, made.cardNumber]);
  });

  test('loses a secret that stands elsewhere under its name', () => {
    const made = scrub(
      { request: [['x-api-key', token]], body: framed(encode({ note: `for ${token}` })) },
      none,
    );
    expect(everything(made)).not.toContain(token);
  });

  test('keeps prices and times, whatever digits their bits would be', () => {
    const type = protobuf.parse(
      'syntax = "proto3"; message M { repeated double a = 1 [packed = false]; }',
    ).root;
    const M = type.lookupType('M');
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0.01, max: 1e6, noNaN: true })), (a) => {
        const raw = framed(Uint8Array.from(M.encode(M.fromObject({ a })).finish()));
        expect(scrub({ body: raw }, none).requestBody).toBe(raw);
      }),
    );
  });
});

describe('messages of each kind of call', () => {
  const message = encode({ userName: 'ann', password, note: email });
  const secrets = [password, email];

  test.each([
    ['gzip', gzipSync, gunzipSync],
    ['deflate', deflateSync, inflateSync],
    ['br', brotliCompressSync, brotliDecompressSync],
    ['zstd', zstdCompressSync, zstdDecompressSync],
  ])('are opened, scrubbed and closed again: %s', (encoding, close, open) => {
    const body = Buffer.concat([writeFrame(1, close(message)), writeFrame(0, message)]);
    const made = scrub({ request: [['grpc-encoding', encoding]], body });
    const { frames } = readFrames(made.requestBody, 'grpc', encoding, []);
    expect(frames.map(({ compressed }) => compressed)).toEqual([true, false]);
    const opened = decode(open(frames[0]!.payload));
    expect(opened).toEqual(decode(frames[1]!.payload));
    expect(opened.userName).toBe('ann');
    for (const secret of secrets) expect(JSON.stringify(opened)).not.toContain(secret);
  });

  test('are scrubbed in gRPC-Web, with the trailers in the body', () => {
    const trailers = `grpc-status:13\r\ngrpc-message:${encodeStatusMessage(`no such user ${email}`)}\r\n`;
    const responseBody = Buffer.concat([writeFrame(0, message), writeFrame(0x80, Buffer.from(trailers))]);
    const made = scrub({ type: 'application/grpc-web+proto', body: framed(message), responseBody });
    for (const secret of secrets) expect(everything(made)).not.toContain(secret);
    expect(everything(made)).not.toContain('canary.mail');
    expect(Buffer.from(made.responseBody).toString()).toContain(
      'grpc-status:13\r\ngrpc-message:no such user ',
    );
  });

  test('are scrubbed in gRPC-Web in base64, and each arrives when it did', () => {
    const pieces = [framed(message), framed(message)].map((frame) => encodeText([frame]));
    const [first, second] = pieces.map(({ length }) => length);
    const made = scrub({
      type: 'application/grpc-web-text',
      body: Buffer.concat(pieces),
      arrivals: [
        [10, first!],
        [20, second!],
      ],
    });
    const { arrivals } = made.exchange.request.body;
    const { frames, rest } = readFrames(made.requestBody, 'grpc-web-text', '', arrivals);
    expect(frames.map(({ at }) => at)).toEqual([10, 20]);
    expect(rest).toBe(0);
    for (const { payload } of frames)
      for (const secret of secrets) expect(Buffer.from(payload).toString()).not.toContain(secret);
  });

  test('are scrubbed in Connect: unary, streams, errors and their details', () => {
    const unary = scrub({
      type: 'application/proto',
      request: [['content-encoding', 'gzip']],
      body: gzipSync(message),
      status: 404,
      responseType: 'application/json',
      responseBody: Buffer.from(
        JSON.stringify({
          code: 'not_found',
          message: `no ${email}`,
          details: [{ type: 'bank.v1.Request', value: Buffer.from(message).toString('base64') }],
        }),
      ),
    });
    expect(decode(gunzipSync(unary.requestBody)).userName).toBe('ann');
    const error = JSON.parse(Buffer.from(unary.responseBody).toString());
    const detail = decode(Buffer.from(error.details[0].value, 'base64'));
    expect(detail.userName).toBe('ann');
    for (const secret of secrets) {
      expect(JSON.stringify(decode(gunzipSync(unary.requestBody)))).not.toContain(secret);
      expect(JSON.stringify([error, detail])).not.toContain(secret);
    }
    const end = Buffer.from(JSON.stringify({ error: { code: 'internal', message: email } }));
    const json = Buffer.from(JSON.stringify({ userName: 'ann', password }));
    const stream = scrub({
      type: 'application/connect+json',
      body: framed(json),
      responseBody: Buffer.concat([framed(json), writeFrame(2, end)]),
    });
    for (const secret of secrets) expect(everything(stream)).not.toContain(secret);
    expect(readFrames(stream.responseBody, 'connect-stream', '', []).frames.map(({ kind }) => kind)).toEqual([
      'message',
      'end',
    ]);
  });

  test.each<[string, (value: string) => string]>([
    ['solidi escaped', (value) => value.replaceAll('/', '\\/')],
    ['plus and equals signs escaped', (value) => value.replaceAll('+', '\\u002b').replaceAll('=', '\\u003D')],
    ['its first letter escaped', (value) => `\\u00${value.charCodeAt(0).toString(16)}${value.slice(1)}`],
  ])('are scrubbed in the details of a Connect error, however JSON spells them: %s', (_, spelled) => {
    // In base64 it has a plus, a solidus and equals signs.
    const detail = encode({
      userName: 'ann',
      password,
      raw: Buffer.from('fbefbefffffffbefbeffff', 'hex'),
      pin: 1,
    });
    const base64 = Buffer.from(detail).toString('base64');
    expect(base64).toMatch(/^(?=.*\+)(?=.*\/).*=$/);
    const error = `{"code":"internal","details":[{"value":"${spelled(base64)}", "type":"bank.v1.Request","debug":1.50}]}`;
    expect(JSON.parse(error).details[0].value).toBe(base64);
    const ends = [
      scrub({
        status: 500,
        type: 'application/proto',
        responseType: 'application/json',
        responseBody: Buffer.from(error),
      }),
      scrub({
        type: 'application/connect+proto',
        responseBody: writeFrame(2, Buffer.from(`{"error":${error}}`)),
      }),
    ].map(({ responseBody }) => Buffer.from(responseBody).toString());
    for (const text of ends) {
      expect(text).toContain('"type":"bank.v1.Request","debug":1.50}');
      const value = /"value":("[^"]+")/.exec(text)?.[1] ?? '';
      const opened = decode(Buffer.from(JSON.parse(value), 'base64'));
      expect(opened.userName).toBe('ann');
      expect(opened.password).not.toBe(password);
    }
  });

  test('lose what either type tells, where one detail stands in a Connect error under two', () => {
    const value = Buffer.from(encode({ userName: 'ann', password, note: email })).toString('base64');
    const error = JSON.stringify({
      code: 'internal',
      details: [
        { type: 'bank.v1.Unknown', value },
        { type: 'bank.v1.Request', value },
      ],
    });
    const made = scrub({
      status: 500,
      type: 'application/proto',
      responseType: 'application/json',
      responseBody: Buffer.from(error),
    });
    const { details } = JSON.parse(Buffer.from(made.responseBody).toString());
    for (const detail of details) {
      const opened = JSON.stringify(decode(Buffer.from(detail.value, 'base64')));
      for (const secret of secrets) expect(opened).not.toContain(secret);
    }
  });

  test('are scrubbed in the query of a Connect request', () => {
    const query = `connect=v1&encoding=proto&base64=1&message=${Buffer.from(message).toString('base64url')}`;
    const made = scrub({ type: '', method: 'GET', target: `/bank.v1.Accounts/Open?${query}` });
    const value = /message=([^&]+)/.exec(made.exchange.request.head.target)?.[1] ?? '';
    const opened = decode(Buffer.from(value, 'base64url'));
    expect(opened.userName).toBe('ann');
    for (const secret of secrets) expect(JSON.stringify(opened)).not.toContain(secret);
  });
});

describe('metadata', () => {
  test('is scrubbed in base64 and percent escapes too', () => {
    const Status = protobuf
      .parse(`
      syntax = "proto3";
      message Any { string type_url = 1; bytes value = 2; }
      message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
    `)
      .root.lookupType('Status');
    const detail = {
      typeUrl: 'type.googleapis.com/bank.v1.Request',
      value: encode({ userName: 'ann', password }),
    };
    const status = Status.encode(Status.fromObject({ code: 13, message: email, details: [detail] })).finish();
    const base64 = (bytes: Uint8Array | string) => Buffer.from(bytes).toString('base64');
    const made = scrub({
      request: [
        ['x-user-bin', base64(email)],
        ['trace-bin', 'AAEC'],
      ],
      trailers: [
        ['grpc-status', '13'],
        ['grpc-message', encodeStatusMessage(`ünknown ${email}`)],
        ['grpc-status-details-bin', base64(status).replace(/=+$/, '')],
      ],
    });
    const value = (name: string, fields: readonly HeaderField[] = []) =>
      fields.find(([given]) => given === name)?.[1] ?? '';
    const { request, response } = made.exchange;
    expect(value('trace-bin', request.head.fields)).toBe('AAEC');
    expect(Buffer.from(value('x-user-bin', request.head.fields), 'base64').toString()).toMatch(/^[\w.]+@/);
    const trailers = response!.trailers;
    expect(value('grpc-message', trailers)).toMatch(/^%C3%BCnknown /);
    const read = Status.toObject(
      Status.decode(Buffer.from(value('grpc-status-details-bin', trailers), 'base64')),
    );
    const inner = decode(read.details[0].value);
    expect([read.code, inner.userName]).toEqual([13, 'ann']);
    for (const text of [JSON.stringify([read, inner]), JSON.stringify(made.exchange)])
      for (const secret of [email, password, base64(email), base64(password)])
        expect(text).not.toContain(secret);
  });

  const login = 'Login failed: password=canaryPassMsg123 é, see\nhttps://shop.example.org/a%20b 100%';
  const trailersOf = (value: string): HeaderField[] => [
    ['grpc-status', '13'],
    ['grpc-message', value],
  ];

  test.each<[string, (text: string) => string]>([
    ['as grpc-js writes it', encodeURI],
    ['as the specification has it', encodeStatusMessage],
  ])(
    'a status message is read before it is scrubbed, and has the substitutes of its text: %s',
    (_, spell) => {
      const scrubber = createScrubber([], none);
      const detail = encode({ note: login });
      const raw = call({ responseBody: framed(detail), trailers: trailersOf(spell(login)) });
      scrubber.learn(raw);
      const made = scrubber.scrub(raw);
      const written = made.exchange.response!.trailers![1]![1];
      const [message] = messagesOf(made.responseBody);
      expect(decodeStatusMessage(written)).toBe(decode(message!).note);
      expect(decodeStatusMessage(written)).toMatch(
        /^Login failed: password=(?!canary)\S+ é, see\nhttps:\/\/shop\.example\.org\/a%20b 100%$/,
      );
    },
  );

  test('a status message and a binary value that hold no secret stay byte for byte', () => {
    const trailers: HeaderField[] = [
      ['grpc-message', encodeURI('kein Lager für A1')],
      ['grpc-trace-bin', 'AAEC,AwQ'],
    ];
    expect(scrub({ trailers }, none).exchange.response!.trailers).toEqual(trailers);
  });

  test('rules apply to what a status message says', () => {
    const rules = [{ regex: 'grpc-message: no user (.*)', replace: 'grpc-message: no user [GONE]' }];
    const made = createScrubber(rules, none).scrub(
      call({ trailers: trailersOf(encodeURI('no user Ann É')) }),
    );
    expect(made.exchange.response!.trailers![1]).toEqual(['grpc-message', 'no user [GONE]']);
  });

  test('all of a binary value goes under the name of a secret, were it a message', () => {
    const value = Buffer.from(encode({ password: 'x', pin: 4 })).toString('base64');
    const made = scrub({ request: [['x-api-token-bin', value]] }, none).exchange.request.head.fields;
    const token = made.find(([name]) => name === 'x-api-token-bin')![1];
    expect(token).not.toBe(value);
    expect(Buffer.from(token, 'base64')).toHaveLength(Buffer.from(value, 'base64').length);
  });

  test('details of a status that are no message are left out, and that is said', () => {
    const bad = Buffer.from('\x08\x0d\x12\x7fbad password=canaryDetails1', 'latin1');
    const trailers: HeaderField[] = [['grpc-status-details-bin', bad.toString('base64')]];
    const scrubber = createScrubber([], none);
    const made = scrubber.scrub(call({ trailers }));
    expect(made.exchange.response!.trailers).toEqual([['grpc-status-details-bin', '']]);
    const gap = { cause: 'unreadable', count: bad.length, unit: 'bytes', what: 'response.trailers' };
    expect(made.exchange.gaps).toMatchObject([gap]);
    expect(scrubber.gaps).toMatchObject([gap]);
  });

  test('keeps a mark’s path, which is the name of a method', () => {
    const fingerprint = 'POST /bank.v1.AccountsService2/Open INTERNAL';
    const made = scrub({
      target: '/bank.v1.AccountsService2/Open',
      triggers: [{ trigger: 'on_grpc_status', at: 30, fingerprint, detail: 'INTERNAL (13)' }],
    });
    expect(made.exchange.triggers).toEqual([
      { trigger: 'on_grpc_status', at: 30, fingerprint, detail: 'INTERNAL (13)' },
    ]);
  });
});

describe('what cannot be scrubbed for certain', () => {
  const fine = encode({ userName: 'ann' });
  const cases: [string, Buffer, readonly HeaderField[]][] = [
    [
      'compressed by what nobody here knows',
      writeFrame(1, Buffer.from(password)),
      [['grpc-encoding', 'snappy']],
    ],
    ['compressed by nobody knows what', writeFrame(1, gzipSync(encode({ password }))), []],
    ['no message at all', writeFrame(0, Buffer.from(`\x0a\xff${password}`, 'latin1')), []],
  ];

  test.each(cases)('is dropped and said, and the others stay: %s', (_, bad, request) => {
    const body = Buffer.concat([framed(fine), bad, framed(fine)]);
    const scrubber = createScrubber([], known);
    const first = framed(fine).length;
    const given = call({
      body,
      request,
      arrivals: [
        [10, first],
        [20, bad.length],
        [30, first],
      ],
    });
    scrubber.learn(given);
    const made = scrubber.scrub(given);
    expect(made.exchange.request.body).toMatchObject({
      size: 2 * first,
      arrivals: [
        [10, first],
        [30, first],
      ],
      dropped: [{ at: first, bytes: bad.length, cause: 'unreadable' }],
    });
    expect(messagesOf(made.requestBody)).toHaveLength(2);
    expect(made.exchange.gaps).toMatchObject([
      { cause: 'unreadable', count: bad.length, what: 'request.body' },
    ]);
    expect(scrubber.runs.find(({ name }) => name === 'bodies')?.dropped).toBe(1);
    expect(everything(made)).not.toContain(password);
  });

  test('stands in the order of what was sent with messages that were not recorded', () => {
    const bad = writeFrame(0, Buffer.from(`\x0a\xff${password}`, 'latin1'));
    const given = call({ body: Buffer.concat([bad, framed(fine), framed(fine)]) });
    const length = framed(fine).length;
    const limit = (at: number) => ({ at, bytes: 5000, cause: 'body_limit' as const });
    const before = [limit(0), limit(bad.length + length), limit(bad.length + 2 * length)];
    const body = { ...given.exchange.request.body, dropped: before };
    const exchange = { ...given.exchange, request: { ...given.exchange.request, body } };
    const scrubber = createScrubber([], known);
    scrubber.learn({ ...given, exchange });
    expect(scrubber.scrub({ ...given, exchange }).exchange.request.body.dropped).toEqual([
      limit(0),
      { at: 0, bytes: bad.length, cause: 'unreadable' },
      limit(length),
      limit(2 * length),
    ]);
    const clean = call({ body: framed(fine) });
    const kept = {
      ...clean.exchange.request,
      body: { ...clean.exchange.request.body, dropped: [limit(length)] },
    };
    const made = scrubber.scrub({ ...clean, exchange: { ...clean.exchange, request: kept } });
    expect(made.exchange.request.body.dropped).toEqual([limit(length)]);
  });

  test('is left out where it is the beginning of a message', () => {
    const cut = framed(encode({ password })).subarray(0, 20);
    const made = scrub({ body: Buffer.concat([framed(fine), cut]) });
    expect(made.exchange.request.body).toMatchObject({
      size: framed(fine).length,
      lost: { bytes: cut.length, cause: 'unreadable' },
    });
    expect(everything(made)).not.toContain('canary');
  });

  test('is a text that would have other lengths than it says, should it be a message', () => {
    // A double quote is the tag of field 4 with content, an exclamation mark a length of 33.
    const text = `"!order 12 for the shop in the market`.slice(0, 35);
    const raw = Buffer.concat([Buffer.from([0x4a, text.length]), Buffer.from(text)]);
    const scrubbed = (replace: string): Body => {
      const scrubber = createScrubber([{ regex: '!order', replace }], none);
      return scrubber.scrub(call({ body: framed(raw) })).exchange.request.body;
    };
    expect(scrubbed('#card.')).toMatchObject({ size: raw.length + 5 });
    expect(scrubbed('#card.')).not.toHaveProperty('dropped');
    expect(scrubbed('much longer')).toMatchObject({ dropped: [{ at: 0, cause: 'unreadable' }] });
  });
});

/** Texts of ten characters at most that no detector knows, and no others. */
function withoutText(given: unknown): Record<string, unknown> {
  return JSON.parse(JSON.stringify(given), (key, value) =>
    ['big', 'huge', 'serial', 'balance'].includes(key)
      ? '1'
      : ['counts', 'byId'].includes(key)
        ? {}
        : key === 'raw'
          ? [1, 2]
          : value,
  );
}

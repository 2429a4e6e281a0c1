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
import { describe, expect, test } from 'vitest';
import { createScrubber } from '../../sanitizers/engine.ts';
import type { ExchangeWithBodies, HeaderField } from '../../tape/exchange.ts';
import { writeFrame } from '../../wire/grpc/messages.ts';
import { encodeStatusMessage } from '../../wire/grpc/metadata.ts';
import { writeVarint } from '../../wire/protobuf/scalars.ts';
import { exchange, formType, jsonType, textType } from './world.ts';

/** One secret of each detector, and the name of the field that gives it away where its form does not. */
const canaries = {
  bearer: { secret: 'canaryBearer7Q2xkP90aLmZ', name: 'access_token' },
  jwt: {
    secret:
      'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkiLCJleHAiOjE3MDAwMDAwMDB9.c2lnbmF0dXJlLW9mLWNhbmFyeS0wMTIzNDU2Nzg5',
    name: 'note',
  },
  cookie: { secret: 'canaryCookie81/kd=Lq0+Zx', name: 'session_id' },
  basic: { secret: Buffer.from('canary:canaryBasic5x!').toString('base64'), name: 'authorization' },
  password: { secret: 'canary Pass "wörd" 93', name: 'password' },
  card: { secret: '4539 5787 6362 1486', name: 'note' },
  email: { secret: 'canary.mail@canary-shop.example.org', name: 'note' },
} as const;

type Canary = (typeof canaries)[keyof typeof canaries] & { readonly kind: string };

const inField = ({ secret, name, kind }: Canary): Record<string, unknown> => ({
  [name]: kind === 'basic' ? `Basic ${secret}` : secret,
});
const pair = (canary: Canary): string =>
  Object.entries(inField(canary))
    .map(([k, v]) => `${k}=${encodeURIComponent(String(v))}`)
    .join('');
const inText = (canary: Canary): string =>
  canary.kind === 'card' || canary.kind === 'email' || canary.kind === 'jwt'
    ? `see ${canary.secret} there`
    : `see ${canary.name}: ${JSON.stringify(Object.values(inField(canary))[0])} there`;
const headValue = ({ kind, secret }: Canary): HeaderField => {
  if (kind === 'cookie') return ['Cookie', `a=b; sid=${encodeURIComponent(secret)}`];
  if (kind === 'basic') return ['authorization', `Basic ${secret}`];
  if (kind === 'password') return ['X-Api-Key', Buffer.from(secret).toString('latin1')];
  if (kind === 'card' || kind === 'email') return ['X-Info', `for ${secret}`];
  return ['AUTHORIZATION', `Bearer ${secret}`];
};

const places: Readonly<Record<string, (canary: Canary) => ExchangeWithBodies>> = {
  head: (c) => exchange({ request: [headValue(c)] }),
  'response head': (c) => exchange({ response: [headValue(c)] }),
  'set cookie': (c) => exchange({ response: [['Set-Cookie', `s=${encodeURIComponent(c.secret)}; Path=/`]] }),
  subprotocol: (c) =>
    exchange({ request: [['Sec-WebSocket-Protocol', `mqtt, bearer, ${encodeURIComponent(c.secret)}`]] }),
  'subprotocol that is chosen': (c) =>
    exchange({ response: [['Sec-WebSocket-Protocol', `access_token.${encodeURIComponent(c.secret)}`]] }),
  query: (c) => exchange({ target: `/a?${pair(c)}&b=1` }),
  referer: (c) => exchange({ request: [['Referer', `https://a.test/b?${pair(c)}`]] }),
  form: (c) => exchange({ request: [formType], requestBody: `x=y&${pair(c)}` }),
  JSON: (c) =>
    exchange({ request: [jsonType], requestBody: JSON.stringify([{ a: { b: inField(c) } }], null, 2) }),
  'JSON in a string': (c) =>
    exchange({ request: [jsonType], requestBody: JSON.stringify({ a: JSON.stringify(inField(c)) }) }),
  text: (c) => exchange({ response: [textType], responseBody: inText(c) }),
  multipart: (c) =>
    exchange({
      request: [['Content-Type', 'multipart/form-data; boundary=b']],
      requestBody: `--b\r\nContent-Disposition: form-data; name="x"\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(inField(c))}\r\n--b--\r\n`,
    }),
};

/** What stands as a value: the canary, or the scheme and the canary. */
const written = (canary: Canary): string => String(Object.values(inField(canary))[0]);
const wide = (text: string): Buffer => Buffer.from(text, 'utf16le');
const xml: HeaderField = ['Content-Type', 'application/xml'];
const htmlEscaped = (text: string): string =>
  text.replaceAll(/[&<>"'@+ö]/g, (character) => `&#${character.codePointAt(0)};`);
const jsonEscaped = (text: string): string =>
  JSON.stringify(text).replaceAll(/[@+/ö]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
const cdata = (c: Canary): string => `<r><${c.name}>\n <![CDATA[${written(c)}]]></${c.name}></r>`;
const percent = (text: string): string =>
  [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
const named = (c: Canary): Buffer => {
  const plain = gzipSync('plain');
  return Buffer.concat([
    plain.subarray(0, 3),
    Buffer.from([8]),
    plain.subarray(4, 10),
    Buffer.from(`${c.secret}\0`),
    plain.subarray(10),
  ]);
};
const skipped = (c: Canary): Buffer => {
  const content = Buffer.from(c.secret);
  const head = Buffer.alloc(8);
  head.writeUInt32LE(0x184d2a50);
  head.writeUInt32LE(content.length, 4);
  return Buffer.concat([zstdCompressSync('plain'), head, content]);
};
const inCoding = (coding: string, responseBody: Uint8Array): ExchangeWithBodies =>
  exchange({ response: [textType, ['Content-Encoding', coding]], responseBody });
const part = (c: Canary, head: string): ExchangeWithBodies =>
  exchange({
    request: [['Content-Type', 'multipart/form-data; boundary=b']],
    requestBody: `--b\r\nContent-Disposition: form-data; name="${c.name}"\r\n${head}\r\n${written(c)}\r\n--b--\r\n`,
  });

Object.assign(places, {
  'a part of text': (c: Canary) => part(c, 'Content-Type: text/plain; charset=utf-8\r\n'),
  'a part of no type': (c: Canary) => part(c, ''),
  'XML text': (c: Canary) =>
    exchange({
      request: [xml],
      requestBody: `<?xml version="1.0"?>\n<x:${c.name} Type="a">\n${htmlEscaped(written(c))}\n</x:${c.name}>`,
    }),
  CDATA: (c: Canary) => exchange({ request: [xml], requestBody: cdata(c) }),
  'CDATA inside of text': (c: Canary) =>
    exchange({ response: [textType], responseBody: `got ${cdata(c)} from it` }),
  'XML attribute': (c: Canary) =>
    exchange({ request: [xml], requestBody: `<a ${c.name}="${htmlEscaped(written(c))}"/>` }),
  'HTML input': (c: Canary) =>
    exchange({
      response: [['Content-Type', 'text/html']],
      responseBody: `<!doctype html><br><input name=${c.name} value="${htmlEscaped(written(c))}"><p>x</p>`,
    }),
  'XML in JSON': (c: Canary) =>
    exchange({ request: [jsonType], requestBody: JSON.stringify({ xml: cdata(c) }) }),
  'JSON with escapes': (c: Canary) =>
    exchange({ request: [jsonType], requestBody: `{"${c.name}":${jsonEscaped(written(c))}}` }),
  'JSON in UTF-16': (c: Canary) =>
    exchange({
      request: [['Content-Type', 'application/json; charset=utf-16le']],
      requestBody: wide(JSON.stringify(inField(c))),
    }),
  'JSON in ISO 8859-1': (c: Canary) =>
    exchange({
      request: [['Content-Type', 'application/json; charset=iso-8859-1']],
      requestBody: Buffer.from(JSON.stringify({ ...inField(c), also: 'ü' }), 'latin1'),
    }),
  NDJSON: (c: Canary) =>
    exchange({
      request: [['Content-Type', 'application/x-ndjson']],
      requestBody: `{"a":1}\n${JSON.stringify(inField(c))}\n`,
    }),
  'JSON of names and values': (c: Canary) =>
    exchange({ request: [jsonType], requestBody: JSON.stringify([{ name: c.name, value: written(c) }]) }),
  'JSON under a name': (c: Canary) =>
    exchange({ request: [jsonType], requestBody: JSON.stringify({ [c.name]: [written(c)] }) }),
  'JSON escaped in text': (c: Canary) =>
    exchange({
      response: [textType],
      responseBody: `got ${JSON.stringify(JSON.stringify({ ...inField(c), b: 1 }))}`,
    }),
  'a list in text': (c: Canary) =>
    exchange({
      response: [textType],
      responseBody: `got ${JSON.stringify({ [c.name]: ['abc1230', written(c)] })}`,
    }),
  'percent-encoded form': (c: Canary) =>
    exchange({ request: [formType], requestBody: `${percent(c.name)}=${percent(written(c))}` }),
  'text of an error': (c: Canary) =>
    exchange({
      status: 500,
      response: [['Content-Type', 'text/plain']],
      responseBody: `Error: no answer\n  at https://a.test/x?${pair(c)}&b (x.js:1)\n${inText(c)}`,
    }),
  'chunk extension': (c: Canary) =>
    exchange({
      response: [textType],
      responseBody: 'hello',
      framing: { kind: 'chunked', chunks: [[5, `;${c.name}=${JSON.stringify(written(c))}`]] },
    }),
  trailer: (c: Canary) => {
    const raw = exchange({ response: [textType], responseBody: 'hello' });
    const response = { ...raw.exchange.response!, trailers: [headValue(c)] };
    return { ...raw, exchange: { ...raw.exchange, response } };
  },
  'quoted header value': (c: Canary) =>
    exchange({ request: [['X-Info', `a="b"; ${c.name}=${JSON.stringify(written(c))}`]] }),
  'attribute of a cookie': (c: Canary) =>
    exchange({ response: [['Set-Cookie', `a=b; Path=/; own=${encodeURIComponent(c.secret)}; Secure`]] }),
  'cookies that a proxy joined': (c: Canary) =>
    exchange({ response: [['Set-Cookie', `a=b; Path=/, s=${encodeURIComponent(c.secret)}; Secure`]] }),
  'cookie without a name': (c: Canary) => exchange({ request: [['Cookie', encodeURIComponent(c.secret)]] }),
  'user info': (c: Canary) =>
    exchange({ request: [['Referer', `https://joe:${encodeURIComponent(c.secret)}@a.test/`]] }),
  'user info in text': (c: Canary) =>
    exchange({
      response: [textType],
      responseBody: `no route to postgres://app:${encodeURIComponent(c.secret)}@db:5432/x now`,
    }),
  location: (c: Canary) => exchange({ status: 302, response: [['Location', `/cb?${pair(c)}#${pair(c)}`]] }),
  'name of a gzip': (c: Canary) => inCoding('gzip', named(c)),
  'later member of a gzip': (c: Canary) =>
    inCoding('gzip', Buffer.concat([gzipSync('plain '), gzipSync(inText(c))])),
  'frame that zstd passes over': (c: Canary) => inCoding('zstd', skipped(c)),
});

/** A field of Protocol Buffers with that content. */
const wireField = (number: number, content: string | Uint8Array): Uint8Array => {
  const bytes = Buffer.from(content);
  return Buffer.concat([writeVarint(number * 8 + 2), writeVarint(bytes.length), bytes]);
};
const grpcType: HeaderField = ['Content-Type', 'application/grpc'];
const grpcBody = (...fields: Uint8Array[]): Uint8Array => writeFrame(0, Buffer.concat(fields));
const grpcEnd = (c: Canary, trailers: readonly HeaderField[]): ExchangeWithBodies => {
  const raw = exchange({
    request: [grpcType],
    response: [grpcType],
    responseBody: grpcBody(wireField(1, c.name)),
  });
  return { ...raw, exchange: { ...raw.exchange, response: { ...raw.exchange.response!, trailers } } };
};

Object.assign(places, {
  'gRPC text': (c: Canary) =>
    exchange({ request: [grpcType], requestBody: grpcBody(wireField(3, inText(c))) }),
  'gRPC map': (c: Canary) =>
    exchange({
      request: [grpcType],
      requestBody: grpcBody(wireField(5, Buffer.concat([wireField(1, c.name), wireField(2, written(c))]))),
    }),
  'gRPC messages in messages': (c: Canary) =>
    exchange({
      response: [grpcType],
      request: [grpcType],
      responseBody: grpcBody(wireField(1, wireField(2, wireField(3, inText(c))))),
    }),
  'JSON in a gRPC field': (c: Canary) =>
    exchange({ request: [grpcType], requestBody: grpcBody(wireField(1, JSON.stringify(inField(c)))) }),
  'gRPC with JSON': (c: Canary) =>
    exchange({
      request: [['Content-Type', 'application/grpc+json']],
      requestBody: writeFrame(0, Buffer.from(JSON.stringify({ a: inField(c) }))),
    }),
  'gRPC status message': (c: Canary) => grpcEnd(c, [['grpc-message', encodeStatusMessage(inText(c))]]),
  'gRPC-Web trailers': (c: Canary) =>
    exchange({
      request: [['Content-Type', 'application/grpc-web']],
      response: [['Content-Type', 'application/grpc-web']],
      responseBody: writeFrame(0x80, Buffer.from(`grpc-message:${encodeStatusMessage(inText(c))}\r\n`)),
    }),
  'Connect error': (c: Canary) =>
    exchange({
      request: [['Content-Type', 'application/proto']],
      status: 500,
      response: [jsonType],
      responseBody: JSON.stringify({ code: 'internal', message: inText(c) }),
    }),
  'end of a Connect stream': (c: Canary) =>
    exchange({
      request: [['Content-Type', 'application/connect+proto']],
      response: [['Content-Type', 'application/connect+proto']],
      responseBody: writeFrame(
        2,
        Buffer.from(JSON.stringify({ error: { code: 'internal', message: inText(c) } })),
      ),
    }),
});

/** Where nothing can be read safely: no body is left, and that is said. */
const dropped: Readonly<Record<string, (canary: Canary) => ExchangeWithBodies>> = {
  'binary behind much text': (c) =>
    exchange({
      response: [textType],
      responseBody: Buffer.concat([Buffer.alloc(70_000, 'word '), wide(inText(c))]),
    }),
  'bytes behind a gzip': (c) =>
    inCoding('gzip', Buffer.concat([gzipSync('a'), Buffer.alloc(3), Buffer.from(inText(c))])),
  'a part in base64': (c) => part(c, 'Content-Transfer-Encoding: base64\r\n'),
  'text of another charset': (c) =>
    exchange({
      response: [['Content-Type', 'text/plain; charset=utf-16le']],
      responseBody: Buffer.concat([wide('\ufeff'), Buffer.from(`${c.name}=${written(c)}`)]),
    }),
};

const codings = {
  gzip: [gzipSync, gunzipSync],
  deflate: [deflateSync, inflateSync],
  br: [brotliCompressSync, brotliDecompressSync],
  zstd: [zstdCompressSync, zstdDecompressSync],
} as const;

for (const [coding, [close]] of Object.entries(codings)) {
  Object.assign(places, {
    [`JSON in ${coding}`]: (c: Canary) =>
      exchange({
        response: [jsonType, ['Content-Encoding', coding]],
        responseBody: close(JSON.stringify(inField(c))),
      }),
    [`text in ${coding}`]: (c: Canary) =>
      exchange({ response: [textType, ['Content-Encoding', coding]], responseBody: close(inText(c)) }),
  });
}

/** All that is readable of an exchange: as it stands, bodies opened, escapes undone. */
function readable({
  exchange: { request, response, ...rest },
  requestBody,
  responseBody,
}: ExchangeWithBodies): string {
  const opened = [requestBody, responseBody].flatMap((body) => [
    ...(['utf8', 'utf16le', 'latin1'] as const).map((charset) => Buffer.from(body).toString(charset)),
    ...Object.values(codings).map(([, open]) => {
      try {
        return open(body).toString('utf8');
      } catch {
        return '';
      }
    }),
  ]);
  const fields = [
    ...request.head.fields,
    ...(response?.head.fields ?? []),
    ...(response?.trailers ?? []),
  ].flatMap((field) => [field.join(), Buffer.from(field.join(), 'latin1').toString('utf8')]);
  const beside = [rest, response?.body.framing].map((part) => JSON.stringify(part) ?? '');
  const texts = [...beside, request.head.target, ...fields, ...opened];
  const unescaped = texts.map((text) =>
    text
      .replaceAll('+', ' ')
      .replaceAll(/(?:%[0-9A-F]{2})+/gi, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString()),
  );
  const references = texts.map((text) =>
    text
      .replaceAll(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)))
      .replaceAll(/\\u([0-9a-f]{4})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 16))),
  );
  const all = [...texts, ...unescaped, ...references];
  return [...all, ...all.map((text) => text.replaceAll('\\', ''))].join('\n');
}

function spellings(secret: string): readonly string[] {
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    Buffer.from(secret).toString('base64'),
  ];
}

describe.each(Object.entries(canaries).map(([kind, canary]) => ({ kind, canary: { ...canary, kind } })))(
  '$kind',
  ({ canary }) => {
    test.each(Object.keys(places))('leaves nothing in %s', (place) => {
      const raw = places[place]!(canary);
      expect(spellings(canary.secret).some((s) => readable(raw).includes(s))).toBe(true);
      const scrubber = createScrubber([]);
      scrubber.learn(raw);
      const scrubbed = scrubber.scrub(raw);
      for (const spelling of spellings(canary.secret)) expect(readable(scrubbed)).not.toContain(spelling);
      expect(scrubbed.requestBody.length + scrubbed.responseBody.length > 0).toBe(
        raw.requestBody.length + raw.responseBody.length > 0,
      );
      expect(scrubber.gaps).toEqual([]);
    });

    test.each(Object.keys(dropped))('drops and says %s', (place) => {
      const raw = dropped[place]!(canary);
      const scrubber = createScrubber([]);
      scrubber.learn(raw);
      const { requestBody, responseBody } = scrubber.scrub(raw);
      expect([requestBody.length, responseBody.length]).toEqual([0, 0]);
      expect(scrubber.gaps).toHaveLength(1);
    });
  },
);

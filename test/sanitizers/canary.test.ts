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
    Buffer.from(body).toString('utf8'),
    ...Object.values(codings).map(([, open]) => {
      try {
        return open(body).toString('utf8');
      } catch {
        return '';
      }
    }),
  ]);
  const fields = [...request.head.fields, ...(response?.head.fields ?? [])].flatMap((field) => [
    field.join(),
    Buffer.from(field.join(), 'latin1').toString('utf8'),
  ]);
  const texts = [JSON.stringify(rest), request.head.target, ...fields, ...opened];
  const unescaped = texts.map((text) =>
    text
      .replaceAll('+', ' ')
      .replaceAll(/(?:%[0-9A-F]{2})+/gi, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString()),
  );
  return [...texts, ...unescaped, ...unescaped.map((text) => text.replaceAll('\\', ''))].join('\n');
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
  },
);

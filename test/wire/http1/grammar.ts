import fc from 'fast-check';
import type { MethodKind } from '../../../wire/http1/events.ts';

/** One sender's bytes, how they are cut, and (for responses) the methods that they answer. */
export interface Stream {
  readonly kind: 'request' | 'response';
  readonly input: Uint8Array;
  readonly cuts: readonly number[];
  readonly methods: readonly MethodKind[];
}

/** One time in `n`, else nothing. */
const sometimes = (n: number, field: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof({ weight: n - 1, arbitrary: fc.constant('') }, { weight: 1, arbitrary: field });

const plainField = fc.constantFrom(
  'Host: shop.example\r\n',
  'User-Agent: curl/8\r\n',
  'A:b\r\n',
  'X-Empty:\r\n',
  'X-Blank:  \t \r\n',
  'Cookie: sid=1; b="2" \r\n',
  'X-High: \xe9\xff\r\n',
  'Set-Cookie: a=b; Path=/\r\n',
  'Content-Lengthy: 3\r\n',
  'Upgrade: websocket\r\n',
  'Expect: 100-continue\r\n',
);
const connectionField = fc.constantFrom(
  'Connection: keep-alive\r\n',
  'Connection: Keep-Alive, Upgrade\r\n',
  'connection: close\r\n',
  'Connection: x, close\r\n',
  'Connection: closed\r\n',
  'Proxy-Connection: keep-alive\r\n',
  'Connection:\r\n',
);
const hostileField = fc.constantFrom(
  'Content-Length: 5\r\nContent-Length: 5\r\n',
  'Content-Length: 5, 5\r\n',
  'Content-Length: +5\r\n',
  'Content-Length: 5x\r\n',
  'Content-Length: 5 5\r\n',
  'Content-Length:\r\n',
  'Content-Length : 5\r\n',
  'Content-Length: 18446744073709551616\r\n',
  'Content-Length: 5\n',
  'Transfer-Encoding: xchunked\r\n',
  'Transfer-Encoding: chunkedx\r\n',
  'Transfer-Encoding: chunked, identity\r\n',
  'Transfer-Encoding: identity, chunked\r\n',
  'Transfer-Encoding: identity\r\n',
  'Transfer-Encoding: chunked, chunked\r\n',
  'Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n',
  'Transfer-Encoding: chunked\r\nContent-Length: 5\r\n',
  'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n',
  'Transfer-Encoding:\x0bchunked\r\n',
  'Transfer-Encoding: "chunked"\r\n',
  'Transfer-Encoding\t: chunked\r\n',
  'X: a\r\n b\r\n',
  'X: a\r\n\tb\r\n',
  ' X: a\r\n',
  'X: a\rY: b\r\n',
  'X: a\nY: b\r\n',
  'X: a\0b\r\n',
  'X\x7f: a\r\n',
  'X: a\x7f\r\n',
  'X\xe9: a\r\n',
  'no colon\r\n',
  ': no name\r\n',
  '\n',
  '\r',
);

const content = fc.stringMatching(/^[\x20-\x7e\r\n\x80-\xff]{0,24}$/);
const chunkExtension = fc.constantFrom('', '', '', ';a', ';a=b', ';a="b c"', ';a=b;c=d');
const hostileExtension = fc.constantFrom(
  ' ',
  ';a b',
  ';\xff',
  ';a="',
  ';a\n',
  ' ;a',
  ';;',
  ';',
  ';a\0',
  '\t',
);
const trailers = fc.constantFrom(
  '',
  '',
  '',
  'Sum: 1\r\n',
  'A: b\r\nC: d\r\n',
  'Content-Length: 5\r\n',
  'A : b\r\n',
  'A: b\n',
);

const chunks = fc
  .tuple(
    fc.array(
      fc.tuple(
        content,
        fc.oneof({ weight: 9, arbitrary: chunkExtension }, { weight: 1, arbitrary: hostileExtension }),
      ),
      {
        maxLength: 4,
      },
    ),
    trailers,
    fc.boolean(),
  )
  .map(([parts, tail, upper]) => {
    const size = (n: number): string => (upper ? `0${n.toString(16).toUpperCase()}` : n.toString(16));
    const body = parts
      .filter(([data]) => data.length > 0)
      .map(([data, extension]) => `${size(data.length)}${extension}\r\n${data}\r\n`);
    return `${body.join('')}0\r\n${tail}\r\n`;
  });

const framed = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ field: '', body: '' }) },
  { weight: 4, arbitrary: content.map((body) => ({ field: `Content-Length: ${body.length}\r\n`, body })) },
  {
    weight: 1,
    arbitrary: content.map((body) => ({ field: `content-LENGTH:\t 00${body.length} \r\n`, body })),
  },
  { weight: 4, arbitrary: chunks.map((body) => ({ field: 'Transfer-Encoding: chunked\r\n', body })) },
  {
    weight: 1,
    arbitrary: chunks.map((body) => ({ field: 'transfer-encoding:  gzip , Chunked \r\n', body })),
  },
  { weight: 2, arbitrary: fc.tuple(hostileField, chunks).map(([field, body]) => ({ field, body })) },
);

const fields = fc
  .tuple(fc.array(plainField, { maxLength: 3 }), sometimes(3, connectionField), sometimes(12, hostileField))
  .map(([plain, connection, hostile]) => plain.join('') + connection + hostile);

const requestLine = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .tuple(
        fc.constantFrom('GET', 'POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'),
        fc.constantFrom('/', '/cart?a=b', '/a%20b', 'http://shop/cart', '*', '/#f'),
        fc.constantFrom('HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0'),
      )
      .map((parts) => `${parts.join(' ')}\r\n`),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'CONNECT shop:443 HTTP/1.1\r\n',
      'BREW /pot HTTP/1.1\r\n',
      'get / HTTP/1.1\r\n',
      'GET  / HTTP/1.1\r\n',
      'GET /\r\n',
      'GET / HTTP/1.2\r\n',
      'GET / HTTP/2.0\r\n',
      'GET / http/1.1\r\n',
      'GET / HTTP/1.1 \r\n',
      'GET / HTTP/1.1\n',
      'GET /\xe9 HTTP/1.1\r\n',
      'GET /\t HTTP/1.1\r\n',
      'GET nowhere HTTP/1.1\r\n',
      ' GET / HTTP/1.1\r\n',
      'HTTP/1.1 200 OK\r\n',
      'PRI * HTTP/2.0\r\n',
      '\x16\x03\x01\0\0',
    ),
  },
);

const statusLine = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .tuple(
        fc.constantFrom('HTTP/1.1', 'HTTP/1.1', 'HTTP/1.1', 'HTTP/1.0'),
        fc.constantFrom(200, 200, 200, 404, 500, 204, 304, 301, 999),
        fc.constantFrom(' OK', ' ', '', ' Not \xe9 ok'),
      )
      .map(([version, status, reason]) => `${version} ${status}${reason}\r\n`),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n',
      'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n',
      'HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 E\r\n\r\nHTTP/1.1 200 OK\r\n',
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'HTTP/1.1 101 Switching Protocols\r\n',
      'HTTP/1.1 100 Continue\r\n',
      'HTTP/1.1 20 OK\r\n',
      'HTTP/1.1 2000 OK\r\n',
      'HTTP/1.1  200 OK\r\n',
      'HTTP/1.1 200\tOK\r\n',
      'HTTP/1.1 200 O\0K\r\n',
      'HTTP/1.1 200 OK\n',
      'HTTP/1.1 020 OK\r\n',
      'HTTP/2.0 200 OK\r\n',
      'HTTP/1.1200 OK\r\n',
      'GET / HTTP/1.1\r\n',
    ),
  },
);

function message(startLine: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(startLine, fields, framed, fields)
    .map(([line, before, { field, body }, after]) => `${line}${before}${field}${after}\r\n${body}`);
}

/** Small damage: a byte taken out, put in, or changed, or a stretch sent twice. */
const damage = fc.oneof(
  { weight: 3, arbitrary: fc.constant((input: string): string => input) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.nat(),
        fc.nat(3),
        fc.constantFrom('', '\r', '\n', '\r\n', ' ', '\t', '\0', ':', ',', '0', 'a', '\xff', ';'),
      )
      .map(([at, taken, put]) => (input: string): string => {
        const start = at % (input.length + 1);
        return input.slice(0, start) + put + input.slice(start + taken);
      }),
  },
);

/** Streams of every kind: valid, nearly valid, hostile; whole, cut anywhere, cut everywhere. */
export function streams(kind: 'request' | 'response'): fc.Arbitrary<Stream> {
  const messages = fc.array(
    fc.tuple(
      fc.constantFrom('', '', '', '\r\n', '\n', '\r\n\r\n', '\r'),
      message(kind === 'request' ? requestLine : statusLine),
    ),
    { minLength: 1, maxLength: 4 },
  );
  return fc
    .tuple(
      messages,
      damage,
      fc.array(fc.nat(), { maxLength: 6 }),
      fc.integer({ min: 0, max: 9 }),
      fc.array(fc.constantFrom<MethodKind>(0, 0, 0, 0, 1, 2), { minLength: 8, maxLength: 8 }),
    )
    .map(([parts, spoil, places, every, methods]) => {
      const input = Buffer.from(spoil(parts.map((part) => part.join('')).join('')), 'latin1');
      const cuts =
        every === 0
          ? Array.from({ length: Math.max(0, input.length - 1) }, (_, i) => i + 1)
          : places.map((place) => place % (input.length + 1));
      return { kind, input, cuts, methods: kind === 'response' ? methods : [] };
    });
}

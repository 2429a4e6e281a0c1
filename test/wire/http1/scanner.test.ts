import { describe, expect, it } from 'vitest';
import { methodKinds } from '../../../wire/http1/events.ts';
import { Http1Scanner, headLimit } from '../../../wire/http1/scanner.ts';
import { everyCut, latin1, scan } from './playbook.ts';

const get = 'GET /cart HTTP/1.1\r\nHost: shop\r\n\r\n';
const post = 'POST /cart HTTP/1.1\r\nHost: shop\r\nContent-Length: 5\r\n\r\nhello';

describe('messages', () => {
  it('finds pipelined requests, with and without a body, and skips empty lines between them', () => {
    const input = latin1(`${post}\r\n${get}${post}`);
    const told = scan('request', input);
    expect(told.begins).toEqual([0, post.length + 2, post.length + 2 + get.length]);
    expect(told.ends).toEqual([post.length, post.length + 2 + get.length, input.length]);
    expect(told.bodies).toEqual(['hello', '', 'hello']);
    expect(told.opaque).toBeUndefined();
  });

  it('tells the same whatever way the bytes are cut', () => {
    const chunked =
      'POST / HTTP/1.1\r\ntransfer-encoding: Chunked\r\n\r\n5;a="b"\r\nhello\r\n00A\r\n0123456789\r\n0\r\nSum: 1\r\n\r\n';
    const input = latin1(post + chunked + get);
    const whole = scan('request', input);
    expect(whole.bodies).toEqual(['hello', 'hello0123456789', '']);
    expect(whole.chunks).toEqual([
      [5, ';a="b"'],
      [10, ''],
    ]);
    expect(whole.trailers).toEqual([['Sum', '1']]);
    for (const cut of everyCut(input)) expect(scan('request', input, { cuts: [cut] })).toEqual(whole);
    expect(scan('request', input, { cuts: everyCut(input) })).toEqual(whole);
  });

  it('ends a body without a length when the sender closes, and not before', () => {
    const input = latin1('HTTP/1.1 200 OK\r\n\r\nsome bytes');
    expect(scan('response', input, { close: false }).ends).toEqual([]);
    expect(scan('response', input).ends).toEqual([input.length]);
    expect(scan('response', input).bodies).toEqual(['some bytes']);
  });

  it('does not end a body that was cut before its length', () => {
    const told = scan('request', latin1(post.slice(0, -1)));
    expect(told.ends).toEqual([]);
    expect(told.inMessage).toBe(true);
  });

  it('counts interim responses to the final one that they precede', () => {
    const early = 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n';
    const input = latin1(`${early}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok`);
    const told = scan('response', input);
    expect(told.begins).toEqual([0]);
    expect(told.heads.map((head) => [head.message, head.status, head.interim])).toEqual([
      [0, 100, true],
      [0, 103, true],
      [0, 200, false],
    ]);
    expect(told.ends).toEqual([input.length]);
  });

  it('gives HEAD, 204 and 304 no body whatever their fields say', () => {
    const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n';
    const none = 'HTTP/1.1 204 No Content\r\n\r\n';
    const same = 'HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n';
    const told = scan('response', latin1(`${ok}${none}${same}${same}`), { methods: [methodKinds.head] });
    expect(told.ends).toHaveLength(4);
    expect(told.opaque).toBeUndefined();
  });

  it('takes HEAD for the response it belongs to, behind others', () => {
    const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n';
    const methods = [methodKinds.other, methodKinds.head, methodKinds.other];
    const told = scan('response', latin1(`${ok}ab${ok}${ok}cd`), { methods });
    expect(told.bodies).toEqual(['ab', '', 'cd']);
  });
});

describe('what is opaque', () => {
  const cause = (kind: 'request' | 'response', input: string): string | undefined => {
    const whole = scan(kind, latin1(input));
    expect(scan(kind, latin1(input), { cuts: everyCut(latin1(input)) })).toEqual(whole);
    return whole.opaque;
  };

  it('ends a 101 and what a CONNECT opened as an upgrade', () => {
    expect(cause('response', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n\x81\x00')).toBe(
      'upgrade',
    );
    expect(cause('request', 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n\x16\x03')).toBe('upgrade');
    const told = scan('response', latin1('HTTP/1.1 200 OK\r\n\r\n\x16\x03'), {
      methods: [methodKinds.connect],
    });
    expect(told.opaque).toBe('upgrade');
    expect(told.ends).toHaveLength(1);
  });

  it('goes on after a refused CONNECT', () => {
    const refused = latin1('HTTP/1.1 407 No\r\nContent-Length: 2\r\n\r\nno');
    expect(scan('response', refused, { methods: [methodKinds.connect] }).bodies).toEqual(['no']);
  });

  it.each([
    ['TLS', '\x16\x03\x01\x02'],
    ['HTTP/2 with prior knowledge', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['Redis', '*1\r\n$4\r\nPING\r\n'],
    ['a long word', 'A'.repeat(33)],
  ])('knows at once that %s is not HTTP/1', (_, input) => {
    expect(cause('request', input)).toBe('not_http');
    expect(scan('request', latin1(input), { close: false }).opaque).toBe('not_http');
  });

  it.each([
    ['a length beside a transfer coding', 'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n'],
    ['a transfer coding beside a length', 'Transfer-Encoding: chunked\r\nContent-Length: 3\r\n'],
    ['two lengths', 'Content-Length: 3\r\nContent-Length: 3\r\n'],
    ['a list of lengths', 'Content-Length: 3, 3\r\n'],
    ['a signed length', 'Content-Length: +3\r\n'],
    ['an empty length', 'Content-Length: \r\n'],
    ['a length past what is counted exactly', 'Content-Length: 9007199254740992\r\n'],
    ['a folded line', 'A: b\r\n c\r\n'],
    ['a blank before the colon', 'Content-Length : 3\r\n'],
    ['a blank before the first field', ' A: b\r\n'],
    ['an unknown transfer coding', 'Transfer-Encoding: xchunked\r\n'],
    ['chunked twice', 'Transfer-Encoding: chunked, chunked\r\n'],
    ['chunked not last', 'Transfer-Encoding: chunked, gzip\r\n'],
    ['two transfer codings', 'Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n'],
    ['a vertical tab before chunked', 'Transfer-Encoding: \x0bchunked\r\n'],
    ['a bare LF', 'A: b\n'],
    ['a bare CR', 'A: b\rC: d\r\n'],
    ['a NUL', 'A: \0\r\n'],
    ['a field without a name', ': b\r\n'],
    ['a field without a colon', 'A\r\n'],
  ])('does not frame %s', (_, fields) => {
    expect(cause('request', `POST / HTTP/1.1\r\n${fields}\r\n3\r\nabc\r\n0\r\n\r\n`)).toBe('malformed');
    expect(cause('response', `HTTP/1.1 200 OK\r\n${fields}\r\n3\r\nabc\r\n0\r\n\r\n`)).toBe('malformed');
  });

  it('does not frame chunks of HTTP/1.0', () => {
    const fields = 'Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
    expect(cause('request', `POST / HTTP/1.0\r\n${fields}`)).toBe('malformed');
  });

  it.each([
    '5 \r\nhello',
    '\r\n',
    '+5\r\nhello',
    '0x5\r\nhello',
    '5\nhello',
    '5\r\nhelloX\r\n',
    '5\r\nhello\n0\r\n',
    '-1\r\n',
    'ffffffffffffffff\r\n',
    '5;\n\r\n',
    `5;${'a'.repeat(4097)}`,
    '0\r\nContent-Length: 3\r\n\r\n',
    '0\r\nA : b\r\n\r\n',
  ])('does not frame chunks like %j', (chunks) => {
    expect(cause('request', `POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`)).toBe(
      'malformed',
    );
  });

  it('takes nothing behind a message that closes the connection', () => {
    expect(cause('request', `GET / HTTP/1.1\r\nConnection: x, Close\r\n\r\n\r\n${get}`)).toBe('malformed');
    expect(cause('request', `GET / HTTP/1.0\r\n\r\n${get}`)).toBe('malformed');
    expect(cause('request', `GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n${get}`)).toBeUndefined();
  });

  it('holds no more of a head than the limit, and nothing of it afterwards', () => {
    const head = (size: number): Uint8Array =>
      latin1(`GET / HTTP/1.1\r\nA: ${'a'.repeat(size - 23)}\r\n\r\n`);
    for (const cuts of [[], [10], [headLimit - 5]]) {
      expect(scan('request', head(headLimit), { cuts }).ends).toEqual([headLimit]);
      expect(scan('request', head(headLimit + 1), { cuts }).opaque).toBe('limit');
    }
    expect(
      scan('request', head(headLimit).subarray(0, headLimit), { cuts: [9], close: false }).opaque,
    ).toBeUndefined();
  });

  it('says nothing once it was abandoned', () => {
    const fail = (): never => {
      throw new Error('told');
    };
    const scanner = new Http1Scanner('request', {
      onMessageBegin: fail,
      onHead: fail,
      onMessageEnd: fail,
      onOpaque: fail,
    });
    scanner.abandon();
    scanner.push(latin1(get), 0, get.length);
    expect(scanner.opaque).toBe(true);
  });
});

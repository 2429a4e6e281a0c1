import { describe, expect, it } from 'vitest';
import { WindowDecoder } from '../../../committer/decode/window-decoder.ts';
import { batchOf, decode, startWallMs, Wire } from './window.ts';

const get = (target = '/cart', fields = ''): string =>
  `GET ${target} HTTP/1.1\r\nHost: shop\r\n${fields}\r\n`;
const ok = (body: string, fields = ''): string =>
  `HTTP/1.1 200 OK\r\n${fields}Content-Length: ${body.length}\r\n\r\n${body}`;
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

describe('an exchange', () => {
  it('keeps heads, bodies, trailers, interim responses, arrivals and times', () => {
    const wire = new Wire(7)
      .at(1_000_000)
      .client('POST /cart HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n')
      .at(2_000_000)
      .client('4\r\ndefg\r\n0\r\nSum: 7\r\n\r\n')
      .at(3_000_000)
      .service('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n')
      .at(4_000_000)
      .service(ok('hello').slice(0, -2))
      .at(5_000_000)
      .service('lo');
    const { exchanges, gaps } = decode([batchOf(wire.records)]);
    expect(gaps).toEqual([]);
    expect(exchanges).toHaveLength(1);
    const [{ exchange, requestBody, responseBody, origin } = expect.unreachable()] = exchanges;
    expect([text(requestBody), text(responseBody), origin]).toEqual([
      'abcdefg',
      'hello',
      { instance: 'a', connection: 7 },
    ]);
    expect(exchange).toEqual({
      id: 0,
      instance: 0,
      service: 'checkout:8080',
      connection: 1,
      message: 0,
      direction: 'inbound',
      protocol: 'http/1',
      peers: { client: '10.0.0.9:4000', service: 'checkout:8080' },
      request: {
        head: {
          method: 'POST',
          target: '/cart',
          version: 'HTTP/1.1',
          fields: [
            ['Host', 'shop'],
            ['Transfer-Encoding', 'chunked'],
          ],
        },
        body: {
          size: 7,
          framing: { kind: 'chunked', chunks: [[3, ';a=b'], [4]] },
          arrivals: [
            [1_000_000, 3],
            [2_000_000, 4],
          ],
        },
        trailers: [['Sum', '7']],
      },
      interim: [
        {
          at: 3_000_000,
          head: { version: 'HTTP/1.1', status: 103, reason: 'Early Hints', fields: [['Link', '</a>']] },
        },
      ],
      response: {
        head: { version: 'HTTP/1.1', status: 200, reason: 'OK', fields: [['Content-Length', '5']] },
        body: {
          size: 5,
          framing: { kind: 'length' },
          arrivals: [
            [4_000_000, 3],
            [5_000_000, 2],
          ],
        },
      },
      times: {
        requestStart: 1_000_000,
        requestEnd: 2_000_000,
        responseStart: 3_000_000,
        responseEnd: 5_000_000,
      },
    });
  });

  it('is paired with its response by number, pipelined and behind HEAD', () => {
    const head = 'HEAD /b HTTP/1.1\r\n\r\n';
    const wire = new Wire()
      .client(get('/a') + head + get('/c'))
      .service(`${ok('A')}HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n`);
    wire.service(ok('C'));
    const { exchanges } = decode([batchOf(wire.records)]);
    expect(exchanges.map((e) => [e.exchange.request.head.target, text(e.responseBody)])).toEqual([
      ['/a', 'A'],
      ['/b', ''],
      ['/c', 'C'],
    ]);
  });

  it('takes a body that lasts until the service closes', () => {
    const wire = new Wire()
      .client(get())
      .service('HTTP/1.1 200 OK\r\n\r\nall of ')
      .service('it')
      .end('service', 'fin');
    const { exchanges } = decode([batchOf(wire.records)]);
    expect(text(exchanges[0]!.responseBody)).toBe('all of it');
    expect(exchanges[0]!.exchange.failure).toBeUndefined();
  });

  it('has its session from the request, else from what the response gave', () => {
    const settings = { sessionKey: { cookie: 'sid' } };
    const wire = new Wire()
      .client(get())
      .service(ok('', 'Set-Cookie: other=1\r\nset-cookie: sid=new; Path=/\r\n'))
      .client(get('/', 'Cookie: a=b; sid=old\r\n'))
      .service(ok('', 'Set-Cookie: sid=new\r\n'))
      .client(get())
      .service(ok(''));
    const sessions = decode([batchOf(wire.records)], settings).exchanges.map((e) => e.exchange.session);
    expect(sessions).toEqual(['new', 'old', undefined]);
    const byHeader = new Wire()
      .client(get('/', 'X-S: 1\r\n'))
      .service(ok(''))
      .client(get())
      .service(ok('', 'x-s: 2\r\n'));
    expect(
      decode([batchOf(byHeader.records)], { sessionKey: { header: 'x-S' } }).exchanges.map(
        (e) => e.exchange.session,
      ),
    ).toEqual(['1', '2']);
  });

  it('has the triggers that fired on it, also behind its last byte and in the next batch', () => {
    const wire = new Wire()
      .client(get())
      .service(ok(''))
      .trigger(0)
      .client(get())
      .service(ok(''))
      .trigger(1, 'on_timeout', '5s');
    const cut = wire.records.length - 1;
    const { exchanges } = decode([batchOf(wire.records.slice(0, cut)), batchOf(wire.records.slice(cut))]);
    expect(exchanges.map((e) => e.exchange.triggers)).toEqual([
      [{ trigger: 'on_status', at: expect.any(Number), fingerprint: 'GET / 500' }],
      [{ trigger: 'on_timeout', at: expect.any(Number), fingerprint: 'GET / 500', detail: '5s' }],
    ]);
  });

  it('is handed out as soon as another connection goes on', () => {
    const decoder = new WindowDecoder({ startWallMs, bodyLimit: 100 });
    decoder.push(batchOf(new Wire(1).client(get()).service(ok('')).records));
    expect(decoder.take()).toEqual([]);
    decoder.push(batchOf(new Wire(2).client(get()).records));
    expect(decoder.take()).toHaveLength(1);
    expect(decoder.take()).toEqual([]);
    expect(decoder.inFlight(startWallMs + 1)).toBe(1);
    expect(decoder.inFlight(startWallMs)).toBe(0);
    expect(decoder.end()).toHaveLength(1);
  });

  it('has times on one clock, whichever instance saw it and whatever its wall clock did later', () => {
    const { exchanges } = decode([
      {
        header: { instance: 'a', service: 's', clock: { process: 5e9, wallMs: startWallMs + 10 } },
        records: new Wire(1, 5e9).client(get()).service(ok('')).records,
      },
      {
        header: { instance: 'b', service: 's', clock: { process: 1e9, wallMs: startWallMs + 20.5 } },
        records: new Wire(1, 1e9 + 7).client(get()).records,
      },
      {
        header: { instance: 'b', service: 's', clock: { process: 1e9, wallMs: startWallMs + 99_999 } },
        records: new Wire(2, 1e9 + 8).client(get()).records,
      },
    ]);
    expect(exchanges.map((e) => e.exchange.times.requestStart)).toEqual([10e6, 20.5e6 + 7, 20.5e6 + 8]);
    expect(exchanges.map((e) => e.exchange.connection)).toEqual([1, 2, 3]);
  });
});

describe('an exchange without a whole response', () => {
  const failure = (wire: Wire): unknown[] =>
    decode([batchOf(wire.records)]).exchanges.map((e) => e.exchange.failure);

  it.each([
    ['reset', 'service_reset'],
    ['fin', 'service_closed'],
    ['refused', 'service_refused'],
    ['unreachable', 'service_refused'],
  ] as const)('whose service ended with %s fails as %s', (how, expected) => {
    expect(failure(new Wire().client(get()).end('service', how))).toEqual([expected]);
    expect(failure(new Wire().client(get()).service(ok('hello').slice(0, -1)).end('service', how))).toEqual([
      expected,
    ]);
  });

  it('whose client left first fails as client_gone', () => {
    expect(failure(new Wire().client(get()).end('client', 'reset').end('service', 'local'))).toEqual([
      'client_gone',
    ]);
    expect(failure(new Wire().client(get()).end('client', 'reset'))).toEqual(['client_gone']);
  });

  it('is in flight at the end of the window, with what came', () => {
    const { exchanges } = decode([
      batchOf(new Wire().client(get()).service(ok('hello').slice(0, -1)).records),
    ]);
    expect(exchanges[0]!.exchange.failure).toBe('in_flight');
    expect(text(exchanges[0]!.responseBody)).toBe('hell');
    expect(exchanges[0]!.exchange.times.responseEnd).toBeUndefined();
  });

  it('has the mark of an exception that fired as the service ended', () => {
    const wire = new Wire().client(get()).end('service', 'reset').trigger(0, 'on_exception', 'reset');
    expect(decode([batchOf(wire.records)]).exchanges[0]!.exchange.triggers).toHaveLength(1);
  });

  it('fails each request that comes after the service has ended', () => {
    expect(
      failure(new Wire().client(get()).end('service', 'fin').client(get()).end('client', 'fin')),
    ).toEqual(['service_closed', 'service_closed']);
  });
});

describe('what was left out on purpose', () => {
  it('truncates the body, and the next message is found behind it', () => {
    const wire = new Wire()
      .client(get())
      .service('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel')
      .skip('service', 'lo\r\n3\r\nabc\r\n0\r\n\r\n', 0)
      .messageEnd('service', 0)
      .client(get())
      .service(ok('next'));
    const { exchanges, gaps } = decode([batchOf(wire.records)]);
    expect(exchanges.map((e) => text(e.responseBody))).toEqual(['hel', 'next']);
    expect(exchanges[0]!.exchange.response?.body.lost).toEqual({ bytes: 17, cause: 'body_limit' });
    expect(exchanges[0]!.exchange.failure).toBeUndefined();
    expect(exchanges[0]!.exchange.times.responseEnd).toBeDefined();
    expect(gaps).toEqual([]);
  });

  it('keeps no more of a body than the limit', () => {
    const { exchanges } = decode([batchOf(new Wire().client(get()).service(ok('hello')).records)], {
      bodyLimit: 3,
    });
    expect(text(exchanges[0]!.responseBody)).toBe('hel');
    expect(exchanges[0]!.exchange.response?.body.lost).toEqual({ bytes: 2, cause: 'body_limit' });
  });

  it('leaves ignored exchanges out, and counts them', () => {
    const wire = new Wire()
      .client('GET /healthz HT')
      .skip('client', 'TP/1.1\r\n\r\n', 0, 'ignored')
      .skip('service', ok('fine'), 0, 'ignored')
      .client(get('/real'))
      .service(ok('real'));
    const { exchanges, gaps } = decode([batchOf(wire.records)]);
    expect(exchanges.map((e) => [e.exchange.message, e.exchange.request.head.target])).toEqual([
      [1, '/real'],
    ]);
    expect(gaps.filter((gap) => gap.unit === 'exchanges')).toMatchObject([{ cause: 'ignored', count: 1 }]);
  });
});

describe('a hole', () => {
  it('ends the response it hit, and decoding goes on at the next mark', () => {
    const wire = new Wire().client(get('/a')).service(ok('0123456789').slice(0, -4)).service('6789');
    const lost = wire.records.length - 1;
    wire.client(get('/b')).service(ok('GET /x HTTP/1.1\r\n\r\n'));
    const { records } = wire;
    const { exchanges, gaps } = decode([
      batchOf(records.slice(0, lost)),
      undefined,
      batchOf(records.slice(lost + 1)),
    ]);
    expect(
      exchanges.map((e) => [e.exchange.request.head.target, e.exchange.failure, text(e.responseBody)]),
    ).toEqual([
      ['/a', 'gap', '012345'],
      ['/b', undefined, 'GET /x HTTP/1.1\r\n\r\n'],
    ]);
    expect(exchanges[0]!.exchange.response?.body.lost).toEqual({ bytes: 4, cause: 'ledger_overload' });
    expect(exchanges[0]!.exchange.gaps).toMatchObject([{ cause: 'ledger_overload', what: 'response' }]);
    expect(gaps).toEqual([]);
  });

  it('that may have held the end of a response does not make the service close early', () => {
    const wire = new Wire().client(get()).service('HTTP/1.1 200 OK\r\n\r\nbegin').service(' end');
    const records = [...wire.records.slice(0, -1)];
    const close = new Wire().at(9000).end('service', 'fin').records.slice(1);
    const { exchanges } = decode([batchOf(records), undefined, batchOf(close)]);
    expect(exchanges[0]!.exchange.failure).toBe('gap');
    expect(exchanges[0]!.exchange.times.responseEnd).toBeUndefined();
  });

  it('leaves alone what goes on where it stopped', () => {
    const wire = new Wire().client(get()).service(ok('hello').slice(0, -2));
    const before = wire.records.length;
    wire.service('lo').end('service', 'reset');
    const { exchanges } = decode([
      batchOf(wire.records.slice(0, before)),
      undefined,
      batchOf(wire.records.slice(before)),
    ]);
    expect(exchanges[0]!.exchange.failure).toBeUndefined();
    expect(text(exchanges[0]!.responseBody)).toBe('hello');
  });

  it('in the requests keeps responses from being decoded that could be answers to HEAD', () => {
    const wire = new Wire().client(get());
    wire
      .service(ok('a'))
      .client('HEAD / HTTP/1.1\r\n\r\n')
      .service(`HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n`);
    wire.client(get('/next')).service(ok('next'));
    const records = wire.records.filter((record) => record !== wire.records[3]);
    const { exchanges, gaps } = decode([batchOf(records)]);
    expect(exchanges.map((e) => [e.exchange.message, text(e.responseBody)])).toEqual([
      [0, 'a'],
      [2, 'next'],
    ]);
    expect(gaps).toMatchObject([{ unit: 'bytes', count: 39 }]);
  });

  it('names the cause that it was told', () => {
    const decoder = new WindowDecoder({ startWallMs, bodyLimit: 100 });
    decoder.hole('a', 'evicted');
    decoder.push(batchOf(new Wire().client('12345').records.slice(1)));
    expect(decoder.gaps).toMatchObject([]);
    const second = new WindowDecoder({ startWallMs, bodyLimit: 100 });
    second.hole('a', 'evicted');
    second.push(
      batchOf([
        { kind: 'data', connection: 1, time: 0, sender: 'client', offset: 500, bytes: Buffer.from('12345') },
      ]),
    );
    expect(second.gaps).toEqual([{ cause: 'evicted', unit: 'bytes', count: 5, from: 0, to: 0 }]);
  });
});

describe('a connection that is not HTTP any more', () => {
  it('keeps the exchanges before, and is counted once', () => {
    const wire = new Wire()
      .client(get('/', 'Upgrade: x\r\nConnection: upgrade\r\n'))
      .service('HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x00')
      .opaque();
    const { exchanges, gaps } = decode([batchOf(wire.records)]);
    expect(exchanges.map((e) => e.exchange.response?.head.status)).toEqual([101]);
    expect(gaps).toMatchObject([
      { cause: 'opaque', unit: 'bytes', count: 2 },
      { cause: 'opaque', unit: 'connections', count: 1 },
    ]);
  });

  it('fails the exchange whose response is not valid', () => {
    const wire = new Wire().client(get()).service('HTTP/1.1 200 OK\nX: y\n\n').opaque('malformed');
    const { exchanges, gaps } = decode([batchOf(wire.records)]);
    expect(exchanges[0]!.exchange).toMatchObject({ failure: 'gap', gaps: [{ cause: 'malformed' }] });
    expect(exchanges[0]!.exchange.response).toBeUndefined();
    expect(gaps).toMatchObject([
      { cause: 'malformed', unit: 'bytes', count: 22 },
      { cause: 'malformed', unit: 'connections', count: 1 },
    ]);
  });
});

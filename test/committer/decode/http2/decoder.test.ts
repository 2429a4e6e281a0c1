import { describe, expect, it } from 'vitest';
import { preface } from '../../../../wire/first-bytes.ts';
import { frameTypes } from '../../../../wire/http2/frame.ts';
import { encodeFrame } from '../../../../wire/websocket/encode-frame.ts';
import { request } from '../../../interceptor/parts/recorded.ts';
import {
  data,
  endHeaders,
  endStream,
  type Fields,
  frame,
  get,
  headers,
  literals,
  ok,
  settings,
  settingsAck,
  uint32,
} from '../../../wire/http2/frames.ts';
import { client, opening, service } from '../../../wire/http2/playbook.ts';
import { decode, type Happens, latin1, record } from './recorded.ts';

const whole = endHeaders | endStream;
const rst = (stream: number, code: number): Buffer => frame(frameTypes.rstStream, 0, stream, uint32(code));
const { framing } = { framing: { kind: 'stream', endStreamInHeaders: true } } as const;
const call: Fields = [
  ...get.slice(0, 3),
  [':path', '/shop.Cart/Watch'],
  ['te', 'trailers'],
  ['content-type', 'application/grpc+proto'],
  ['grpc-encoding', 'gzip'],
];
const answered: Fields = [...ok, ['content-type', 'application/grpc+proto']];
const message = (text: string): string => `\0\0\0\0${String.fromCharCode(text.length)}${text}`;

/** So much that a state is worth its bytes again. */
const bulk = 'x'.repeat(16_000);

const decoded = (happens: readonly Happens[], first: readonly Happens[] = opening) =>
  decode(record([...first, ...happens]));
function only(happens: readonly Happens[]) {
  const { exchanges } = decoded(happens);
  if (exchanges.length !== 1) throw new Error(`${exchanges.length} exchanges`);
  return exchanges[0]!;
}

describe('a stream', () => {
  it('is an exchange with its heads, bodies, trailers, interim responses and times', () => {
    const done = only([
      client(headers(1, [...get, ['x-a', '1'], ['x-a', '2']])),
      client(data(1, 'hel'), data(1, 'lo'), headers(1, [['sum', '5']], whole)),
      service(
        headers(1, [
          [':status', '103'],
          ['link', '</a>'],
        ]),
      ),
      service(headers(1, [...ok, ['set-cookie', 'a=1']])),
      service(data(1, 'done', endStream)),
    ]);
    expect(done.exchange).toMatchObject({
      protocol: 'http/2',
      message: 1,
      request: {
        head: {
          method: 'GET',
          target: '/cart',
          version: 'HTTP/2',
          fields: [
            [':scheme', 'http'],
            [':authority', 'shop'],
            ['x-a', '1'],
            ['x-a', '2'],
          ],
        },
        body: { size: 5, framing },
        trailers: [['sum', '5']],
      },
      interim: [{ head: { status: 103, fields: [['link', '</a>']] } }],
      response: {
        head: { version: 'HTTP/2', status: 200, reason: '', fields: [['set-cookie', 'a=1']] },
        body: { size: 4, framing: { kind: 'stream' } },
      },
    });
    expect([latin1(done.requestBody), latin1(done.responseBody)]).toEqual(['hello', 'done']);
    const { requestStart, requestEnd = 0, responseStart = 0, responseEnd = 0 } = done.exchange.times;
    expect(requestStart).toBeLessThan(requestEnd);
    expect(responseStart).toBeLessThan(responseEnd);
    expect(done.exchange.failure).toBeUndefined();
  });

  it('has the authority as target where it is a plain CONNECT', () => {
    const { exchange } = only([
      client(
        headers(1, [
          [':method', 'CONNECT'],
          [':authority', 'db:5432'],
        ]),
      ),
    ]);
    expect(exchange.request.head).toMatchObject({ method: 'CONNECT', target: 'db:5432' });
  });

  it('that is a WebSocket has its frames as bodies, unmasked', () => {
    const asked: Fields = [
      [':method', 'CONNECT'],
      [':protocol', 'websocket'],
      [':scheme', 'http'],
      [':path', '/chat'],
      [':authority', 'shop'],
    ];
    const said = encodeFrame({
      opcode: 1,
      fin: true,
      payload: Buffer.from('secret'),
      mask: Uint8Array.of(1, 2, 3, 4),
    });
    const heard = encodeFrame({ opcode: 1, fin: true, payload: Buffer.from('hi') });
    const close = encodeFrame({ opcode: 8, fin: true, payload: Buffer.from([3, 0xe8]) });
    const { exchange, requestBody, responseBody } = only([
      client(headers(1, asked)),
      service(headers(1, ok), data(1, heard.subarray(0, 3))),
      client(data(1, said.subarray(0, 7)), data(1, said.subarray(7), endStream)),
      service(data(1, heard.subarray(3)), data(1, close, endStream)),
    ]);
    expect([latin1(requestBody), latin1(responseBody)]).toEqual(['secret', 'hi\x03\xe8']);
    expect(exchange.request.body.framing).toMatchObject({
      kind: 'websocket',
      frames: [{ opcode: 1, size: 6 }],
    });
    expect(exchange.response?.body.framing).toMatchObject({ frames: [{ opcode: 1 }, { opcode: 8 }] });
  });

  it('that tunnels what nobody can read has none of it', () => {
    const { exchange, requestBody } = only([
      client(
        headers(1, [
          [':method', 'CONNECT'],
          [':authority', 'db:5432'],
        ]),
      ),
      service(headers(1, ok)),
      client(data(1, 'password')),
      service(data(1, 'granted')),
    ]);
    expect(requestBody).toHaveLength(0);
    expect(exchange.request.body.lost).toEqual({ bytes: 8, cause: 'opaque' });
    expect(exchange.response?.body.lost).toMatchObject({ bytes: 7, cause: 'opaque' });
  });

  it('keeps a path that is longer than what a state repeats', () => {
    const path = `/${'x'.repeat(9000)}`;
    const { exchange } = only([client(headers(1, [...get.slice(0, 3), [':path', path]], whole))]);
    expect(exchange.request.head.target).toBe(path);
  });

  it.each([
    ['service', 'service_rst', 2],
    ['client', 'client_rst', 8],
  ] as const)('that the %s resets is on the tape as that', (sender, failure, code) => {
    const reset = { sender, bytes: rst(1, code) };
    const done = only([client(headers(1, get), data(1, 'a')), service(headers(1, ok), data(1, 'b')), reset]);
    expect(done.exchange).toMatchObject({ failure, rst: code, response: { body: { size: 1 } } });
    expect(done.exchange.failedAt).toBeGreaterThan(done.exchange.times.requestStart);
    expect(done.exchange.times.requestEnd).toBeUndefined();
  });

  it('whose response was whole before a reset has not failed', () => {
    const { exchange } = only([client(headers(1, get)), service(headers(1, ok, whole), rst(1, 0))]);
    expect(exchange.failure).toBeUndefined();
    expect(exchange.rst).toBeUndefined();
  });

  it('that the service said it did not look at, or left, has failed', () => {
    const goaway = service(frame(frameTypes.goaway, 0, 0, Buffer.concat([uint32(1), uint32(2)])));
    const asked = client(headers(1, get, whole), headers(3, get, whole));
    const { exchanges } = decoded([asked, goaway, { sender: 'service', end: 'reset' }]);
    expect(exchanges.map(({ exchange }) => [exchange.message, exchange.failure])).toEqual([
      [3, 'service_closed'],
      [1, 'service_reset'],
    ]);
    const gone = decoded([asked, { sender: 'client', end: 'reset' }, { sender: 'service', end: 'fin' }]);
    expect(gone.exchanges.map(({ exchange }) => exchange.failure)).toEqual(['client_gone', 'client_gone']);
  });

  it('that outlives the window is in flight, with what came of it', () => {
    const done = only([
      client(headers(1, call), data(1, message('one'))),
      service(headers(1, answered), data(1, message('a'))),
    ]);
    expect(done.exchange).toMatchObject({
      failure: 'in_flight',
      gaps: [{ cause: 'in_flight_limit', what: 'response' }],
    });
    expect([latin1(done.requestBody), latin1(done.responseBody)]).toEqual([message('one'), message('a')]);
  });

  it('of a trigger has its mark', () => {
    const { exchange } = only([
      client(headers(1, get, whole)),
      service(headers(1, [[':status', '500']], whole)),
    ]);
    expect(exchange.triggers).toMatchObject([{ trigger: 'on_status', fingerprint: 'GET /cart 500' }]);
  });

  it('that was pushed is a gap, and its body is nowhere', () => {
    const promise = frame(frameTypes.pushPromise, endHeaders, 1, Buffer.concat([uint32(2), literals(get)]));
    const { exchanges, gaps } = decoded([
      client(headers(1, get, whole)),
      service(promise, headers(2, ok), data(2, 'pushed', endStream), headers(1, ok, whole)),
    ]);
    expect(exchanges).toHaveLength(1);
    expect(gaps).toMatchObject([{ cause: 'pushed', count: 1, unit: 'exchanges' }]);
  });
});

describe('what was left out', () => {
  const upload = client(headers(1, get), data(1, 'x'.repeat(30)), data(1, 'y'.repeat(30), endStream));
  const answer = service(headers(1, ok, whole));

  it('is lost behind the limit of a body, and the stream goes on', () => {
    const { exchanges } = decode(record([...opening, upload, answer], { capture: { bodyLimit: 40 } }));
    expect(latin1(exchanges[0]!.requestBody)).toBe('x'.repeat(30) + 'y'.repeat(10));
    expect(exchanges[0]!.exchange.request.body.lost).toEqual({ bytes: 20, cause: 'body_limit' });
    expect(exchanges[0]!.exchange.failure).toBeUndefined();
  });

  it('is all content where the tunnel keeps no payloads', () => {
    const { exchanges } = decode(record([...opening, upload, answer], { capture: { payloads: false } }));
    expect(exchanges[0]!.exchange.request.body).toMatchObject({
      size: 0,
      lost: { bytes: 60, cause: 'payloads_off' },
    });
  });

  it('is each message of a call past the limit, whole, and none of those behind it', () => {
    const long = message('x'.repeat(50));
    const longer = message('y'.repeat(100));
    const sent = [message('one'), long, message(''), longer, longer, message('two')].join('');
    for (const size of [1, 7, 60, 1000]) {
      const pieces = Array.from({ length: Math.ceil(sent.length / size) }, (_, i) =>
        data(1, sent.slice(i * size, (i + 1) * size)),
      );
      const happens = [...opening, client(headers(1, call)), client(...pieces, data(1, '', endStream))];
      const { exchanges } = decode(record(happens, { capture: { bodyLimit: 40 } }));
      const { exchange, requestBody } = exchanges[0]!;
      expect(latin1(requestBody)).toBe([message('one'), message(''), message('two')].join(''));
      const { dropped, lost, arrivals } = exchange.request.body;
      expect(lost).toBeUndefined();
      expect(arrivals.reduce((sum, [, bytes]) => sum + bytes, 0)).toBe(requestBody.length);
      expect(dropped).toEqual([
        { at: 8, bytes: 55, cause: 'body_limit' },
        { at: 13, bytes: 105, cause: 'body_limit' },
        { at: 13, bytes: 105, cause: 'body_limit' },
      ]);
    }
  });

  it('is of a message under way at the beginning of the window what is missing anyway', () => {
    const long = message('x'.repeat(100));
    const batches = record(
      [
        ...opening,
        client(headers(1, call), data(1, long.slice(0, 20))),
        'hand',
        client(data(1, long.slice(20) + message('next'), endStream)),
      ],
      { capture: { bodyLimit: 40 } },
    );
    const { exchange, requestBody } = decode(batches.slice(1)).exchanges[0]!;
    expect(latin1(requestBody)).toBe(message('next'));
    expect(exchange.request.body).toMatchObject({ missed: { bytes: 105, cause: 'stream_edge' } });
    expect(exchange.request.body.dropped).toBeUndefined();
  });

  it('is the whole stream where it is ignored', () => {
    const probe = client(headers(1, [...get, ['user-agent', 'kube-probe/1.34']]), headers(3, get, whole));
    const { exchanges, gaps } = decoded([
      probe,
      client(data(1, 'x', endStream)),
      service(headers(1, ok, whole), headers(3, ok, whole)),
    ]);
    expect(exchanges.map(({ exchange }) => exchange.message)).toEqual([3]);
    expect(gaps).toMatchObject([{ cause: 'ignored', count: 1, unit: 'exchanges' }]);
  });
});

describe('a window that begins in the middle of a connection', () => {
  const watching = [
    client(headers(1, call), data(1, `${message('before')}\0\0\0\0\x04ha`)),
    service(headers(1, answered), data(1, message('old').slice(0, 3))),
  ];

  /** All but the first batch of what happens. */
  const later = (...happens: Happens[]) => decode(record([...opening, ...happens]).slice(1));

  it('keeps a call from its first whole message of each side on, and says what is missing', () => {
    const { exchanges } = later(
      ...watching,
      'hand',
      client(data(1, 'lf')),
      client(data(1, message('next'))),
      service(data(1, message('old').slice(3) + message('new')), headers(1, [['grpc-status', '13']], whole)),
      client(data(1, message('last'), endStream)),
    );
    expect(exchanges).toHaveLength(1);
    const { exchange, requestBody, responseBody } = exchanges[0]!;
    expect(exchange.request).toMatchObject({
      head: {
        method: 'GET',
        target: '/shop.Cart/Watch',
        version: 'HTTP/2',
        partial: true,
        fields: [
          ['content-type', 'application/grpc+proto'],
          ['grpc-encoding', 'gzip'],
        ],
      },
      body: { missed: { bytes: message('before').length + 9, cause: 'stream_edge' } },
    });
    expect(latin1(requestBody)).toBe(message('next') + message('last'));
    expect(exchange.response).toMatchObject({
      head: { status: 200, fields: [['content-type', 'application/grpc+proto']] },
      body: { missed: { bytes: message('old').length, cause: 'stream_edge' } },
      trailers: [['grpc-status', '13']],
    });
    expect(latin1(responseBody)).toBe(message('new'));
    expect(exchange.failure).toBeUndefined();
    expect(exchange.gaps).toMatchObject([{ cause: 'stream_edge' }]);
  });

  it('keeps a response that begins in it, and nothing of a body that did not', () => {
    const { exchanges, gaps } = later(
      client(headers(1, get, whole), headers(3, get, whole), headers(5, get)),
      service(headers(3, ok), data(3, 'be')),
      client(data(5, 'fo')),
      'hand',
      client(data(5, 're', endStream)),
      service(data(3, 'fore', endStream), headers(1, ok), data(1, 'whole', endStream), headers(5, ok, whole)),
    );
    expect(exchanges.map(({ exchange, responseBody }) => [exchange.message, latin1(responseBody)])).toEqual([
      [1, 'whole'],
      [5, ''],
    ]);
    expect(exchanges[1]!.exchange.request.body).toMatchObject({
      size: 0,
      missed: { bytes: 4, cause: 'stream_edge' },
    });
    expect(gaps).toContainEqual(
      expect.objectContaining({ cause: 'stream_edge', unit: 'exchanges', count: 1 }),
    );
  });

  it('does not begin at a service whose first bytes alone are in it', () => {
    const [asks, ...rest] = opening;
    const { exchanges, gaps } = decode(
      record([asks!, client(headers(1, get, whole)), 'hand', ...rest, service(headers(1, ok, whole))]).slice(
        1,
      ),
    );
    expect(exchanges).toHaveLength(1);
    expect(gaps.filter(({ cause }) => cause === 'malformed')).toEqual([]);
  });
});

describe('a hole', () => {
  /** The second batch is lost, of the others none. */
  const holed = (...happens: Happens[]) =>
    decode(record([...opening, ...happens]).map((batch, i) => (i === 1 ? undefined : batch)));

  it('does not touch streams of which nothing was lost', () => {
    const { exchanges } = holed(
      client(headers(1, get, whole), headers(3, get, whole)),
      'hand',
      service(headers(3, ok), data(3, bulk), data(3, bulk, endStream)),
      'hand',
      service(headers(1, ok), data(1, 'here', endStream)),
      client(headers(5, get, whole)),
      service(headers(5, ok, whole)),
    );
    const told = exchanges.map(({ exchange, responseBody }) => [
      exchange.message,
      exchange.failure,
      latin1(responseBody),
    ]);
    expect(told).toEqual([
      [3, 'gap', ''],
      [1, undefined, 'here'],
      [5, undefined, ''],
    ]);
    expect(exchanges[1]!.exchange.request.head.partial).toBeUndefined();
    expect(exchanges[0]!.exchange.gaps).toMatchObject([{ cause: 'ledger_overload', what: 'response' }]);
  });

  it('ends an exchange of which bytes were lost, and begins a partial one behind it', () => {
    const { exchanges } = holed(
      client(headers(1, call), data(1, message('one'))),
      'hand',
      client(data(1, `${message('two')}\0\0\0\x3e\x80${bulk}\0\0`)),
      'hand',
      client(data(1, `\0\0\x05three`), data(1, message('four'), endStream)),
      service(headers(1, [...answered, ['grpc-status', '0']], whole)),
    );
    expect(
      exchanges.map(({ exchange, requestBody }) => [
        exchange.failure,
        exchange.request.head.partial,
        latin1(requestBody),
      ]),
    ).toEqual([
      ['gap', undefined, message('one')],
      [undefined, true, message('four')],
    ]);
    expect(exchanges[1]!.exchange.request.body.missed?.cause).toBe('ledger_overload');
  });

  it('is no breach of the protocol', () => {
    const { exchanges, gaps } = decode(
      record([
        ...opening,
        'hand',
        client(headers(1, get, whole)),
        'hand',
        service(headers(1, ok, whole)),
      ]).map((batch, i) => {
        if (i === 1) return undefined;
        // As if no state had been worth its bytes.
        return { ...batch, records: batch.records.filter(({ kind }) => kind !== 'state') };
      }),
    );
    expect(exchanges).toEqual([]);
    expect(gaps.map(({ cause }) => cause)).not.toContain('malformed');
  });
});

describe('a connection', () => {
  it('that breaks the protocol is opaque from there on, with what came before', () => {
    const { exchanges, gaps } = decoded([
      client(headers(1, get, whole), headers(3, get, whole)),
      service(headers(3, ok, whole), data(9, 'x')),
      service(headers(1, ok, whole)),
    ]);
    expect(exchanges.map(({ exchange }) => [exchange.message, exchange.failure])).toEqual([
      [1, 'gap'],
      [3, undefined],
    ]);
    expect(gaps).toMatchObject([{ cause: 'malformed', unit: 'connections', count: 1 }]);
  });

  it('that HTTP/1.1 upgraded has the exchange that led there as stream 1', () => {
    const ask = request(
      '/cart',
      'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAA\r\nX-A: 1\r\n',
    );
    const switched = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n';
    const { exchanges, gaps } = decode(
      record([
        client(Buffer.from(ask)),
        service(
          Buffer.from(switched),
          settings(),
          headers(1, [[':status', '503']]),
          data(1, 'busy', endStream),
        ),
        client(preface, settings(), settingsAck, headers(3, get, whole)),
        service(settingsAck, headers(3, ok, whole)),
      ]),
    );
    expect(gaps).toEqual([]);
    expect(
      exchanges.map(({ exchange }) => [exchange.message, exchange.protocol, exchange.response?.head.status]),
    ).toEqual([
      [1, 'http/2', 503],
      [3, 'http/2', 200],
    ]);
    expect(exchanges[0]!.exchange.request.head).toEqual({
      method: 'GET',
      target: '/cart',
      version: 'HTTP/2',
      fields: [
        [':scheme', 'http'],
        [':authority', 'checkout'],
        ['x-a', '1'],
      ],
    });
    expect(exchanges[0]!.exchange.triggers).toMatchObject([{ fingerprint: 'GET /cart 503' }]);
    expect(latin1(exchanges[0]!.responseBody)).toBe('busy');
  });
});

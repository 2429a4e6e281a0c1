import { describe, expect, it } from 'vitest';
import { preface } from '../../../wire/first-bytes.ts';
import { Http2Connection } from '../../../wire/http2/connection.ts';
import { frameTypes } from '../../../wire/http2/frame.ts';
import {
  ack,
  data,
  endHeaders,
  endStream,
  frame,
  get,
  headers,
  integer,
  literals,
  ok,
  padded,
  priority,
  settingIds,
  settings,
  settingsAck,
  uint32,
} from './frames.ts';
import { client, follow, Log, opening, pushAll, service, told } from './playbook.ts';

const whole = endHeaders | endStream;
const request = `1 request GET /cart last ${JSON.stringify(get)}`;
const asked = client(headers(1, get, whole));

describe('an exchange', () => {
  it('is told from its head to its trailers, of both senders', () => {
    expect(
      told(
        client(headers(1, [...get, ['content-length', '5']])),
        client(data(1, 'hel'), data(1, 'lo'), headers(1, [['sum', '1']], whole)),
        service(
          headers(1, [
            [':status', '103'],
            ['link', '</a>'],
          ]),
          headers(1, ok),
          data(1, 'done', endStream),
        ),
      ),
    ).toEqual([
      `1 request GET /cart ${JSON.stringify([...get, ['content-length', '5']])}`,
      '1 data of client hello',
      '1 trailers of client last [["sum","1"]]',
      '1 end of client in headers',
      '1 response 103 [[":status","103"],["link","</a>"]]',
      '1 response 200 [[":status","200"]]',
      '1 data of service done',
      '1 end of service',
    ]);
  });

  it('may overlap with others, whose frames stand between its own', () => {
    const entries = told(
      client(headers(1, get, whole), headers(3, get, whole)),
      service(headers(3, ok), headers(1, ok), data(3, 'a'), data(1, 'b', endStream), data(3, 'c', endStream)),
    );
    expect(entries.filter((entry) => entry.includes('data'))).toEqual([
      '3 data of service a',
      '1 data of service b',
      '3 data of service c',
    ]);
  });

  it('is told without padding and priority', () => {
    const field = literals(get);
    const block = Buffer.concat([Buffer.from([3]), Buffer.alloc(5), field, Buffer.alloc(3)]);
    const content = Buffer.concat([Buffer.from([7]), Buffer.from('hello'), Buffer.alloc(7)]);
    expect(
      told(
        client(frame(frameTypes.headers, endHeaders | padded | priority, 1, block)),
        client(frame(frameTypes.data, endStream | padded, 1, content)),
      ),
    ).toEqual([`1 request GET /cart ${JSON.stringify(get)}`, '1 data of client hello', '1 end of client']);
  });

  it('is told from a header block in many frames', () => {
    const block = literals(get);
    const frames = [
      frame(frameTypes.headers, endStream, 1, block.subarray(0, 3)),
      frame(frameTypes.continuation, 0, 1),
      frame(frameTypes.continuation, 0, 1, block.subarray(3, 20)),
      frame(frameTypes.continuation, endHeaders, 1, block.subarray(20)),
    ];
    expect(told(client(...frames))).toEqual([request, '1 end of client in headers']);
    expect(told(...frames.map((its) => client(its)))).toEqual([request, '1 end of client in headers']);
  });

  it('has the authority as its path where it is a plain CONNECT, and its own where that is extended', () => {
    const plain = told(
      client(
        headers(1, [
          [':method', 'CONNECT'],
          [':authority', 'db:5432'],
        ]),
      ),
    );
    expect(plain[0]).toContain('1 request CONNECT db:5432 ');
    const extended = [
      [':method', 'CONNECT'],
      [':protocol', 'websocket'],
      [':scheme', 'http'],
      [':authority', 'shop'],
      [':path', '/chat'],
    ] as const;
    const chat = told(
      client(headers(1, extended)),
      service(headers(1, ok), data(1, 'ping')),
      client(data(1, 'pong')),
    );
    expect(chat).toEqual([
      `1 request CONNECT /chat ${JSON.stringify(extended)}`,
      '1 response 200 [[":status","200"]]',
      '1 data of service ping',
      '1 data of client pong',
    ]);
  });

  it('ends by a reset of either side; what comes behind it is stray', () => {
    expect(
      told(
        client(headers(1, get, whole), headers(3, get)),
        service(headers(1, ok), frame(frameTypes.rstStream, 0, 1, uint32(2))),
        client(frame(frameTypes.rstStream, 0, 3, uint32(8))),
        service(
          headers(3, [...ok, ['late', 'yes']]),
          data(3, 'late', endStream),
          frame(frameTypes.rstStream, 0, 3, uint32(8)),
        ),
        client(headers(5, get, whole)),
      ),
    ).toEqual([
      request,
      '1 end of client in headers',
      `3 request GET /cart ${JSON.stringify(get)}`,
      '1 response 200 [[":status","200"]]',
      '1 reset by service 2',
      '3 reset by client 8',
      'stray data of service ....',
      `5 request GET /cart last ${JSON.stringify(get)}`,
      '5 end of client in headers',
    ]);
  });
});

describe('a connection', () => {
  it('tells pushes and keeps their header blocks in the table', () => {
    const promise = Buffer.concat([uint32(2), literals([...get.slice(0, 3), [':path', '/style']], 0x40)]);
    const indexed = Buffer.from([0x80 | 62, 0x80 | 63, 0x80 | 64, 0x80 | 65]);
    expect(
      told(
        asked,
        service(frame(frameTypes.pushPromise, endHeaders, 1, promise)),
        service(headers(2, ok), data(2, 'body', endStream)),
        service(frame(frameTypes.headers, whole, 1, Buffer.concat([Buffer.from([0x88]), indexed]))),
      ).slice(2),
    ).toEqual([
      'push [[":method","GET"],[":scheme","http"],[":authority","shop"],[":path","/style"]]',
      'stray data of service ....',
      '1 response 200 last [[":status","200"],[":path","/style"],[":authority","shop"],[":scheme","http"],[":method","GET"]]',
      '1 end of service in headers',
    ]);
  });

  it('tells GOAWAY and jumps over what is behind its code', () => {
    const payload = Buffer.concat([uint32(1), uint32(11), Buffer.alloc(5000, 'x')]);
    expect(
      told(asked, service(frame(frameTypes.goaway, 0, 0, payload), headers(1, ok, whole))).slice(2),
    ).toEqual([
      'goaway of service 1 11',
      '1 response 200 last [[":status","200"]]',
      '1 end of service in headers',
    ]);
  });

  it('jumps over frames of types that nobody knows', () => {
    expect(told(client(frame(0x10, 0xff, 9, Buffer.alloc(300)), headers(1, get, whole)))[0]).toBe(request);
  });

  it('takes a larger table that was announced once it is used, and a smaller one once it is acknowledged', () => {
    const update = (size: number): Buffer => integer(0x1f, 0x20, size);
    const asks = (stream: number, before: Uint8Array) =>
      client(frame(frameTypes.headers, whole, stream, Buffer.concat([before, literals(get)])));
    const larger = follow([
      ...opening,
      service(settings([[settingIds.tableSize, 8192]])),
      client(settingsAck),
      asks(1, update(8192)),
    ]);
    expect(larger.log.opaque).toBeUndefined();
    expect(larger.connection.client.decoder.table.max).toBe(8192);
    const smaller = [...opening, service(settings([[settingIds.tableSize, 1000]]))];
    expect(
      follow([...smaller, asks(1, Buffer.alloc(0)), client(settingsAck), asks(3, update(1000))]).log.opaque,
    ).toBeUndefined();
    expect(follow([...smaller, client(settingsAck), asks(1, Buffer.alloc(0))]).log.opaque).toBe('malformed');
  });

  it('still wants the table shrunk where it goes on from a state', () => {
    const shrinks = [service(settings([[settingIds.tableSize, 1000]])), client(settingsAck)];
    const { connection } = follow([...opening, ...shrinks]);
    const log = new Log();
    const resumed = Http2Connection.fromState(Uint8Array.from(connection.encodeState()), log, {
      keepsAll: true,
    });
    pushAll(resumed!, [client(headers(1, get, whole))]);
    expect(log.opaque).toBe('malformed');
  });

  it('does not go on from what is no state', () => {
    const { connection } = follow([...opening, client(headers(1, get))]);
    const state = Uint8Array.from(connection.encodeState());
    for (let length = 0; length < state.length; length++) {
      expect(Http2Connection.fromState(state.subarray(0, length), new Log())).toBeUndefined();
    }
    expect(Http2Connection.fromState(Buffer.concat([state, Buffer.alloc(1)]), new Log())).toBeUndefined();
  });

  it('takes frames as long as the receiver has allowed, from its announcement on', () => {
    const long = data(1, Buffer.alloc(20_000, 'x'));
    const posts = client(headers(1, get), long);
    expect(follow([...opening, posts]).log.opaque).toBe('malformed');
    expect(
      follow([...opening, service(settings([[settingIds.frameSize, 20_000]])), posts]).log.opaque,
    ).toBeUndefined();
  });

  it('follows stream 1 of a connection that HTTP/1.1 upgraded', () => {
    const { log, connection } = follow(
      [
        service(settings(), headers(1, ok), data(1, 'hello', endStream)),
        client(preface, settings(), settingsAck),
      ],
      {
        upgraded: {
          method: 'GET',
          path: '/cart',
          settings: Buffer.alloc(0),
        },
      },
    );
    expect(log.entries).toEqual([
      '1 response 200 [[":status","200"]]',
      '1 data of service hello',
      '1 end of service',
    ]);
    expect(connection.streams.size).toBe(0);
  });

  it('goes on over content that is not there, within its frame', () => {
    const { log, connection } = follow([
      ...opening,
      client(headers(1, get), data(1, 'hello').subarray(0, 9)),
    ]);
    expect(connection.skip('client', 6)).toBe(false);
    expect(connection.skip('client', 5)).toBe(true);
    const next = Buffer.concat([data(1, 'abc', endStream)]);
    connection.push('client', next, 0, next.length);
    expect(log.entries.slice(1)).toEqual([
      '1 skipped of client 5',
      '1 data of client abc',
      '1 end of client',
    ]);
  });

  it('counts where messages with lengths before them begin', () => {
    const grpc = [...get, ['content-type', 'application/grpc+proto']] as const;
    const message = Buffer.from('\0\0\0\0\u0003abc', 'latin1');
    const { connection } = follow([
      ...opening,
      client(headers(1, grpc), data(1, Buffer.concat([message, message.subarray(0, 6)]))),
    ]);
    expect(connection.streams.get(1)!.client.messages?.position).toEqual({ prefix: 5, length: 2 });
  });

  it('begins anew to count floods when it is calm again', () => {
    const pings = Buffer.concat(
      Array.from({ length: 6000 }, () => frame(frameTypes.ping, 0, 0, Buffer.alloc(8))),
    );
    const { log, connection } = follow([...opening, client(pings)]);
    connection.calm();
    connection.push('client', pings, 0, pings.length);
    expect(log.opaque).toBeUndefined();
    connection.push('client', pings, 0, pings.length);
    expect(log.opaque).toBe('limit');
  });

  it('does not take the answers to pings, nor pings beside traffic, for a flood', () => {
    const { log, connection } = follow([...opening, client(headers(1, get))]);
    const beside = Buffer.concat([frame(frameTypes.ping, ack, 0, Buffer.alloc(8)), data(1, 'x')]);
    for (let i = 0; i < 20_000; i++) connection.push('client', beside, 0, beside.length);
    expect(log.opaque).toBeUndefined();
  });
});

import { frameTypes } from '../../../wire/http2/frame.ts';
import { limits } from '../../../wire/http2/limits.ts';
import {
  ack,
  data,
  endHeaders,
  endStream,
  type Fields,
  frame,
  get,
  headers,
  hex,
  literals,
  ok,
  padded,
  settingIds,
  settings,
  settingsAck,
  uint32,
} from './frames.ts';
import { client, type Segment, service } from './playbook.ts';

const whole = endHeaders | endStream;
const { rstStream, windowUpdate, continuation, pushPromise, goaway, ping, priority } = frameTypes;
const eight = Buffer.alloc(8);
const asked = client(headers(1, get, whole));
const openStream = client(headers(1, get));
const without = (name: string): Fields => get.filter(([its]) => its !== name);

type Case = readonly [what: string, segments: readonly Segment[]];

/** What breaks the protocol, behind the opening. */
export const breaches: readonly Case[] = [
  ['a frame that is longer than was allowed', [openStream, client(data(1, Buffer.alloc(16_385)))]],
  ['DATA of stream 0', [client(data(0, 'x'))]],
  ['DATA of a stream that nobody opened', [client(data(1, 'x'))]],
  ['DATA behind the end of its stream', [asked, client(data(1, 'x'))]],
  ['DATA of a response before its head', [asked, service(data(1, 'x'))]],
  [
    'padding that is longer than its frame',
    [openStream, client(frame(0, padded, 1, Buffer.from([9, 1, 1])))],
  ],
  ['padding of a frame without payload', [openStream, client(frame(0, padded, 1))]],
  [
    'padding of HEADERS that is longer than they are',
    [client(frame(1, endHeaders | padded, 1, Buffer.from([200, 0x82])))],
  ],
  ['HEADERS of stream 0', [client(headers(0, get))]],
  ['HEADERS of an even stream by the client', [client(headers(2, get))]],
  ['HEADERS behind the end of its stream', [asked, client(headers(1, get, whole))]],
  ['a response to no request', [service(headers(1, ok))]],
  ['a request without a method', [client(headers(1, without(':method')))]],
  ['a request without a path', [client(headers(1, without(':path')))]],
  ['a response without a status', [asked, service(headers(1, [['a', 'b']]))]],
  ['a response whose status is no number', [asked, service(headers(1, [[':status', 'fine']]))]],
  ['an interim response that ends its stream', [asked, service(headers(1, [[':status', '100']], whole))]],
  ['another frame within a header block', [client(headers(1, get, 0), frame(ping, 0, 0, eight))]],
  ['an unknown frame within a header block', [client(headers(1, get, 0), frame(0x20, 0, 0, eight))]],
  ['DATA within a header block', [openStream, client(headers(3, get, 0), data(1, 'x'))]],
  ['a CONTINUATION of another stream', [client(headers(1, get, 0), frame(continuation, endHeaders, 3))]],
  ['a CONTINUATION of no header block', [client(frame(continuation, endHeaders, 1))]],
  ['a header block that HPACK cannot read', [client(frame(1, endHeaders, 1, hex('ff ff ff ff ff ff')))]],
  ['RST_STREAM of a wrong length', [asked, client(frame(rstStream, 0, 1, eight))]],
  ['RST_STREAM of stream 0', [client(frame(rstStream, 0, 0, uint32(8)))]],
  ['RST_STREAM of a stream that nobody opened', [client(frame(rstStream, 0, 1, uint32(8)))]],
  ['SETTINGS of a wrong length', [client(frame(4, 0, 0, Buffer.alloc(7)))]],
  ['SETTINGS of a stream', [client(frame(4, 0, 1))]],
  ['an acknowledgement with settings', [client(frame(4, ack, 0, Buffer.alloc(6)))]],
  ['an acknowledgement of nothing', [client(settingsAck)]],
  ['ENABLE_PUSH of 2', [client(settings([[settingIds.push, 2]]))]],
  ['an initial window that is negative', [client(settings([[settingIds.initialWindow, 0x80000000]]))]],
  ['a frame size below the least', [client(settings([[settingIds.frameSize, 100]]))]],
  ['a frame size past the most', [client(settings([[settingIds.frameSize, 0x1000000]]))]],
  ['PING of a wrong length', [client(frame(ping, 0, 0, Buffer.alloc(7)))]],
  ['PING of a stream', [client(frame(ping, 0, 1, eight))]],
  ['GOAWAY of a wrong length', [client(frame(goaway, 0, 0, uint32(1)))]],
  ['GOAWAY of a stream', [client(frame(goaway, 0, 1, eight))]],
  ['PRIORITY of a wrong length', [client(frame(priority, 0, 1, uint32(1)))]],
  ['PRIORITY of stream 0', [client(frame(priority, 0, 0, Buffer.alloc(5)))]],
  ['WINDOW_UPDATE of a wrong length', [client(frame(windowUpdate, 0, 0, eight))]],
  ['WINDOW_UPDATE of nothing', [client(frame(windowUpdate, 0, 0, uint32(0)))]],
  ['WINDOW_UPDATE of a stream that nobody opened', [client(frame(windowUpdate, 0, 1, uint32(1)))]],
  ['a window of the connection past its most', [client(frame(windowUpdate, 0, 0, uint32(0x7fffffff)))]],
  ['a window of a stream past its most', [asked, client(frame(windowUpdate, 0, 1, uint32(0x7fffffff)))]],
  [
    'DATA past the window of the connection',
    [openStream, client(...Array.from({ length: 4 }, () => data(1, Buffer.alloc(16_384))), data(1, 'xx'))],
  ],
  [
    'DATA past the window of its stream',
    [
      service(settings([[settingIds.initialWindow, 10]])),
      client(settingsAck),
      openStream,
      client(data(1, 'eleven char')),
    ],
  ],
  [
    'a push by the client',
    [asked, client(frame(pushPromise, endHeaders, 1, Buffer.concat([uint32(2), literals(get)])))],
  ],
  [
    'a push for no stream',
    [service(frame(pushPromise, endHeaders, 1, Buffer.concat([uint32(2), literals(get)])))],
  ],
  [
    'a push that the client has forbidden',
    [
      asked,
      client(settings([[settingIds.push, 0]])),
      service(settingsAck),
      service(frame(pushPromise, endHeaders, 1, Buffer.concat([uint32(2), literals(get)]))),
    ],
  ],
  [
    'a push on an odd stream',
    [asked, service(frame(pushPromise, endHeaders, 1, Buffer.concat([uint32(3), literals(get)])))],
  ],
  ['a push that is too short', [asked, service(frame(pushPromise, endHeaders, 1, Buffer.alloc(3)))]],
];

const resets = Array.from({ length: limits.rapidResets + 1 }, (_, i) => [
  headers(2 * i + 1, get, whole),
  frame(rstStream, 0, 2 * i + 1, uint32(8)),
]).flat();
/** What would have an observer keep or do too much, likewise. */
export const floods: readonly Case[] = [
  [
    'a header block past its bound',
    [client(headers(1, get, 0), ...many(limits.headerBlock / 16_384, continuationOf(16_384)))],
  ],
  [
    'a header block of many frames',
    [client(headers(1, get, 0), ...many(limits.blockFrames, continuationOf(0)))],
  ],
  [
    'a small header block that spells out a large one',
    [
      client(
        frame(
          frameTypes.headers,
          whole,
          1,
          Buffer.concat([
            literals(get),
            literals([['a', 'b'.repeat(4000)]], 0x40),
            Buffer.alloc(limits.fieldList / 4000, 0x80 | 62),
          ]),
        ),
      ),
    ],
  ],
  ['a flood of PING', [client(...many(limits.idleFrames + 1, frame(ping, 0, 0, eight)))]],
  ['a flood of PRIORITY', [client(...many(limits.idleFrames + 1, frame(priority, 0, 1, Buffer.alloc(5))))]],
  ['a flood of empty DATA', [openStream, client(...many(limits.idleFrames + 1, data(1, '')))]],
  ['a flood of SETTINGS', [client(...many(limits.pendingSettings + 1, settings()))]],
  ['a flood of unknown frames', [client(...many(limits.idleFrames + 1, frame(0x20, 0, 0)))]],
  [
    'a flood of WINDOW_UPDATE',
    [client(...many(limits.idleFrames + 1, frame(windowUpdate, 0, 0, uint32(1))))],
  ],
  ['a flood of requests that are taken back', [client(...resets)]],
  [
    'a flood of open streams',
    [client(...Array.from({ length: limits.streams + 1 }, (_, i) => headers(2 * i + 1, get, whole)))],
  ],
  [
    'a flood of long paths',
    [
      client(
        ...Array.from({ length: 300 }, (_, i) =>
          headers(2 * i + 1, [...without(':path'), [':path', `/${'x'.repeat(8000)}`]], whole),
        ),
      ),
    ],
  ],
];

function many(count: number, bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: count }, () => bytes);
}

function continuationOf(length: number): Buffer {
  return frame(continuation, 0, 1, Buffer.alloc(length, 0x82));
}

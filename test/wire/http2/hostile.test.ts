import { describe, expect, it } from 'vitest';
import { preface } from '../../../wire/first-bytes.ts';
import { frameTypes } from '../../../wire/http2/frame.ts';
import { limits } from '../../../wire/http2/limits.ts';
import {
  data,
  endHeaders,
  endStream,
  frame,
  get,
  headers,
  settingIds,
  settings,
  settingsAck,
  uint32,
} from './frames.ts';
import { breaches, floods } from './hostile-sequences.ts';
import { client, follow, opaqueAfter, opening, service } from './playbook.ts';

const whole = endHeaders | endStream;
const { windowUpdate, continuation } = frameTypes;
const asked = client(headers(1, get, whole));

describe('what breaks the protocol makes the connection opaque', () => {
  it.each(breaches)('%s', (_, segments) => {
    expect(opaqueAfter(...segments)).toBe('malformed');
    const cut = segments.flatMap(({ sender, bytes }) =>
      Array.from(bytes, (_byte, i) => ({ sender, bytes: bytes.subarray(i, i + 1) })),
    );
    expect(opaqueAfter(...cut)).toBe('malformed');
  });

  it('a client that begins with something else than its preface', () => {
    expect(follow([client(Buffer.from('PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n'))]).log.opaque).toBe('malformed');
  });

  it.each([
    ['a client', client(preface, headers(1, get, whole))],
    ['a service', service(frame(windowUpdate, 0, 0, uint32(1)))],
    ['a service, by an acknowledgement', service(settingsAck)],
    ['a service, by an unknown frame', service(frame(0x20, 0, 0))],
  ])('%s that does not begin with SETTINGS', (_, first) => {
    expect(follow([first]).log.opaque).toBe('malformed');
  });

  it('and nothing is told behind it', () => {
    const { log } = follow([...opening, client(data(1, 'x')), asked]);
    expect(log.entries).toEqual(['opaque malformed']);
  });
});

describe('what would have us keep or do too much makes the connection opaque', () => {
  it.each(floods)('%s', (_, segments) => {
    expect(opaqueAfter(...segments)).toBe('limit');
  });

  it('a frame that would have to be held past the bound of a header block', () => {
    const long = client(
      headers(1, get, 0),
      frame(continuation, endHeaders, 1, Buffer.alloc(limits.headerBlock + 1)),
    );
    expect(opaqueAfter(service(settings([[settingIds.frameSize, 0xffffff]])), long)).toBe('limit');
  });

  it('keeps of a path what its bound allows', () => {
    const path = `/${'x'.repeat(10_000)}`;
    const { connection } = follow([...opening, client(headers(1, [...get.slice(0, 3), [':path', path]]))]);
    expect(connection.streams.get(1)?.path).toBe(path.slice(0, limits.path));
  });

  it('and nothing is kept of a connection that is abandoned', () => {
    const { connection } = follow([
      ...opening,
      asked,
      client(headers(3, get, 0), headers(5, get).subarray(0, 20)),
    ]);
    const before = connection.encodeState().length;
    connection.abandon();
    expect(connection.streams.size).toBe(0);
    expect(connection.encodeState().length).toBeLessThan(before / 2);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeText, encodeText } from '../../../wire/grpc/base64-body.ts';
import { closeMessage, openMessage } from '../../../wire/grpc/compression.ts';
import { type Frames, readFrames, writeFrame } from '../../../wire/grpc/messages.ts';

const payloads = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 8 });
const payloadsOf = ({ frames }: Frames) => frames.map(({ payload }) => Buffer.from(payload).toString('hex'));
const hex = (given: readonly Uint8Array[]) => given.map((each) => Buffer.from(each).toString('hex'));

describe('the frames of a body', () => {
  it('are the messages that were written', () => {
    fc.assert(
      fc.property(payloads, (given) => {
        const body = Buffer.concat(given.map((payload) => writeFrame(0, payload)));
        const read = readFrames(body, 'grpc', '', []);
        expect(payloadsOf(read)).toEqual(hex(given));
        expect([read.rest, read.stopped]).toEqual([0, undefined]);
      }),
    );
  });

  it('have the time of their last byte', () => {
    const one = writeFrame(0, new Uint8Array(5));
    const body = Buffer.concat([one, one, one]);
    const read = readFrames(body, 'grpc', '', [
      [100, 9],
      [200, 1],
      [300, 20],
    ]);
    expect(read.frames.map(({ at }) => at)).toEqual([200, 300, 300]);
    expect(read.frames.map(({ start, end }) => [start, end])).toEqual([
      [0, 10],
      [10, 20],
      [20, 30],
    ]);
  });

  it('end before one that is cut, and before flags that no one knows', () => {
    const whole = writeFrame(0, Buffer.from('abc'));
    const cut = readFrames(Buffer.concat([whole, whole.subarray(0, 6)]), 'grpc', '', []);
    expect([cut.frames.length, cut.rest, cut.stopped]).toEqual([1, 6, 'cut']);
    const odd = readFrames(Buffer.concat([whole, writeFrame(0x80, Buffer.from('x'))]), 'grpc', '', []);
    expect([odd.frames.length, odd.rest, odd.stopped]).toEqual([1, 6, 'malformed']);
  });

  it('tell the trailers of gRPC-Web and the end of a Connect stream from messages', () => {
    const message = writeFrame(1, Buffer.from('m'));
    const web = readFrames(
      Buffer.concat([message, writeFrame(0x80, Buffer.from('t'))]),
      'grpc-web',
      'gzip',
      [],
    );
    expect(web.frames.map(({ kind, compressed }) => [kind, compressed])).toEqual([
      ['message', true],
      ['trailers', false],
    ]);
    const stream = readFrames(
      Buffer.concat([message, writeFrame(3, Buffer.from('{}'))]),
      'connect-stream',
      'gzip',
      [],
    );
    expect(stream.frames.map(({ kind, compressed }) => [kind, compressed])).toEqual([
      ['message', true],
      ['end', true],
    ]);
  });

  it('are read from base64 that was padded piece by piece', () => {
    fc.assert(
      fc.property(payloads, fc.boolean(), (given, joined) => {
        const frames = given.map((payload) => writeFrame(0, payload));
        const body = encodeText(joined ? [Buffer.concat(frames)] : frames);
        const times = given.map((_, at) => at * 10);
        const lengths = joined ? undefined : frames.map((frame) => encodeText([frame]).length);
        const arrivals = (lengths ?? []).map((length, at): readonly [number, number] => [
          times[at] ?? 0,
          length,
        ]);
        const read = readFrames(body, 'grpc-web-text', '', arrivals);
        expect(payloadsOf(read)).toEqual(hex(given));
        expect(read.rest).toBe(0);
        if (lengths !== undefined) expect(read.frames.map(({ at }) => at)).toEqual(times);
      }),
    );
  });

  it('stop where a body in base64 is none', () => {
    const body = Buffer.concat([encodeText([writeFrame(0, Buffer.from('abc'))]), Buffer.from('!!!!')]);
    const read = readFrames(body, 'grpc-web-text', '', []);
    expect([read.frames.length, read.rest, read.stopped]).toEqual([1, 4, 'malformed']);
    expect(decodeText(Buffer.from('AAA')).broken).toBe(true);
  });

  it('are the whole body of a unary Connect call', () => {
    const read = readFrames(Buffer.from('{"a":1}'), 'connect', '', [[7, 7]]);
    expect(read.frames).toMatchObject([{ kind: 'message', compressed: false, at: 7, start: 0, end: 7 }]);
    expect(readFrames(new Uint8Array(), 'connect', '', []).frames).toHaveLength(1);
  });
});

describe('compression', () => {
  it.each(['gzip', 'deflate', ''])('is taken off and put on again: %s', (encoding) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (given) => {
        const closed = closeMessage(given, encoding)!;
        expect(hex([openMessage(closed, encoding, 200)!])).toEqual(hex([given]));
      }),
    );
  });

  it('is not taken off what is broken, unknown or a bomb', () => {
    expect(openMessage(Buffer.from('nothing'), 'gzip', 100)).toBeUndefined();
    expect(openMessage(Buffer.from('abc'), 'snappy', 100)).toBeUndefined();
    expect(openMessage(closeMessage(new Uint8Array(1000), 'gzip')!, 'gzip', 999)).toBeUndefined();
    expect(closeMessage(Buffer.from('abc'), 'snappy')).toBeUndefined();
  });
});

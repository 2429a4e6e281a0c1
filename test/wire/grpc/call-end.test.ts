import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HeaderField } from '../../../tape/exchange.ts';
import { encodeText } from '../../../wire/grpc/base64-body.ts';
import type { Dialect } from '../../../wire/grpc/call.ts';
import { CallEnd } from '../../../wire/grpc/call-end.ts';
import { writeFrame } from '../../../wire/grpc/messages.ts';
import { outcomeOf } from '../../../wire/grpc/outcome.ts';

const trailers = Buffer.from('grpc-status: 13\r\ngrpc-message: no%20stock\r\n');
const error = Buffer.from('{"error":{"code":"internal","message":"no stock"}}');

function ended(
  dialect: Dialect,
  pieces: readonly Uint8Array[],
  status = 200,
  fields: readonly HeaderField[] = [],
) {
  const end = new CallEnd(dialect, status, fields);
  for (const piece of pieces) end.push(piece, 0, piece.length);
  return end.outcome;
}

/** A body in pieces of the lengths given, over and over. */
function cut(body: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let at = 0, i = 0; at < body.length; i++) {
    const to = at + (lengths[i % lengths.length] ?? 1);
    pieces.push(body.subarray(at, to));
    at = to;
  }
  return pieces;
}

const lengths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 });
const messages = fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 4 });
const ends = fc.constantFrom(
  { dialect: 'grpc-web' as const, frame: writeFrame(0x80, trailers), fields: [] },
  { dialect: 'grpc-web-text' as const, frame: writeFrame(0x80, trailers), fields: [] },
  {
    dialect: 'grpc-web' as const,
    frame: writeFrame(0x81, gzipSync(trailers)),
    fields: [['grpc-encoding', 'gzip']] satisfies HeaderField[],
  },
  { dialect: 'connect-stream' as const, frame: writeFrame(0x02, error), fields: [] },
);

describe('the end of a call that stands in its body', () => {
  test('is what the whole body says, however it comes', () => {
    fc.assert(
      fc.property(messages, ends, lengths, (sent, { dialect, frame, fields }, sizes) => {
        const frames = [...sent.map((message) => writeFrame(0, message)), frame];
        const body = dialect === 'grpc-web-text' ? encodeText(frames) : Buffer.concat(frames);
        const whole = outcomeOf({ dialect }, { head: { status: 200, fields }, body });
        expect(whole).toMatchObject({ code: 13, message: 'no stock' });
        expect(ended(dialect, cut(body, sizes), 200, fields)).toEqual(whole);
      }),
    );
  });

  test('of a unary Connect call is its body, or what its status stands for', () => {
    const body = Buffer.from('{"code":"not_found","message":"no such cart"}');
    expect(ended('connect', cut(body, [7]), 404)).toMatchObject({ code: 5, message: 'no such cart' });
    expect(ended('connect', [Buffer.from('<html>')], 503)).toMatchObject({ name: 'UNAVAILABLE' });
    expect(ended('connect', [body], 200)).toMatchObject({ name: 'OK' });
  });

  test('is not told by a body that was cut off, nor by messages that look like it', () => {
    const whole = Buffer.concat([writeFrame(0, writeFrame(0x80, trailers)), writeFrame(0x80, trailers)]);
    expect(ended('grpc-web', [whole.subarray(0, -1)])).toBeUndefined();
    expect(ended('grpc-web', [writeFrame(0, writeFrame(0x80, trailers))])).toBeUndefined();
    expect(ended('connect-stream', [])).toBeUndefined();
  });

  test('stands in the head where there is no body', () => {
    expect(ended('grpc-web', [], 200, [['grpc-status', '14']])).toMatchObject({ name: 'UNAVAILABLE' });
  });

  test('takes no more memory than the end of a call may', () => {
    const huge = writeFrame(0x80, Buffer.alloc(10 << 20, 'x'));
    const end = new CallEnd('grpc-web', 200, []);
    const { arrayBuffers } = process.memoryUsage();
    for (const piece of cut(huge, [65_536])) end.push(piece, 0, piece.length);
    expect(process.memoryUsage().arrayBuffers - arrayBuffers).toBeLessThan(4 << 20);
    expect(end.outcome).toBeUndefined();
  });
});

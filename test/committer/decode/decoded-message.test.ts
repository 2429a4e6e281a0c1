import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Http2Message } from '../../../committer/decode/http2/message.ts';

describe('a body', () => {
  it('is what came, in however many pieces, up to its limit', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), fc.nat({ max: 500 }), (pieces, limit) => {
        const message = new Http2Message(0, limit);
        for (const [i, piece] of pieces.entries()) message.add(i, piece, 0, piece.length);
        const all = Buffer.concat(pieces);
        expect(Buffer.from(message.bytes)).toEqual(all.subarray(0, limit));
        expect(message.body.size).toBe(Math.min(limit, all.length));
        expect(message.body.lost?.bytes ?? 0).toBe(Math.max(0, all.length - limit));
      }),
    );
  });

  it('keeps no memory that it was given', () => {
    const message = new Http2Message(0, 100);
    const piece = Buffer.from('abc');
    message.add(0, piece, 1, 3);
    piece.fill(0);
    expect(Buffer.from(message.bytes).toString()).toBe('bc');
  });

  it('is without the prefix of a message that is dropped, however that came', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ length: fc.nat({ max: 20 }), dropped: fc.boolean() }), { maxLength: 20 }),
        (messages) => {
          const body = new Http2Message(0, 1000);
          const kept: number[] = [];
          const dropped: number[][] = [];
          for (const [i, { length, dropped: drops }] of messages.entries()) {
            const prefix = [i, i, i, i, i];
            for (const octet of prefix) body.add(i, Uint8Array.of(octet), 0, 1);
            const payload = new Uint8Array(length).fill(100 + i);
            if (!drops || length === 0) {
              body.add(i, payload, 0, length);
              kept.push(...prefix, ...payload);
            } else {
              dropped.push([kept.length, 5 + length]);
              body.drop(5, 1, 'body_limit');
              if (length > 1) body.drop(5, length - 1, 'body_limit');
            }
          }
          expect([...body.bytes]).toEqual(kept);
          expect((body.body.dropped ?? []).map(({ at, bytes }) => [at, bytes])).toEqual(dropped);
          expect(body.body.arrivals.reduce((sum, [, bytes]) => sum + bytes, 0)).toBe(kept.length);
        },
      ),
    );
  });
});

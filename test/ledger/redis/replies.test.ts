import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ReplyReader } from '../../../ledger/redis/replies.ts';

const transcript =
  '+OK\r\n:1\r\n$15\r\n1700000000000-3\r\n-OOM command not allowed\r\n$-1\r\n$0\r\n\r\n+PONG\r\n';

describe('the reader of replies', () => {
  test('finds the same replies however they are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: transcript.length })), (cuts) => {
        const reader = new ReplyReader();
        const at = [0, ...cuts.sort((a, b) => a - b), transcript.length];
        const replies = at
          .slice(1)
          .flatMap((end, i) => reader.push(Buffer.from(transcript.slice(at[i], end))));
        expect(replies.map((reply) => reply.text)).toEqual([
          'OK',
          '1',
          '1700000000000-3',
          'OOM command not allowed',
          '',
          '',
          'PONG',
        ]);
        expect(replies.map((reply) => reply.kind === 'error').indexOf(true)).toBe(3);
      }),
    );
  });

  test('refuses a peer that is no Redis, or answers without end', () => {
    expect(() => new ReplyReader().push(Buffer.from('HTTP/1.1 400 Bad Request\r\n'))).toThrow(RangeError);
    expect(() => new ReplyReader().push(Buffer.from('$999999999\r\n'))).toThrow(RangeError);
    expect(() => new ReplyReader().push(Buffer.alloc(100_000, '+'))).toThrow(RangeError);
  });
});

import { expect, test } from 'vitest';
import { whyUnsendable } from '../../../../replay-cli/engine/request/sendable.ts';
import type { Exchange } from '../../../../tape/exchange.ts';
import { sketchExchange } from '../../../tape/make-tape.ts';

const { exchange } = sketchExchange({ start: 0, method: 'POST', body: 'x' });

function withRequest(request: Partial<Exchange['request']>): Exchange {
  return { ...exchange, request: { ...exchange.request, ...request } };
}

test('a whole request of HTTP/1 can be sent', () => {
  expect(whyUnsendable(exchange)).toBeUndefined();
});

test('one of HTTP/2 can be sent, unless its head is none', () => {
  expect(whyUnsendable({ ...exchange, protocol: 'http/2' })).toBeUndefined();
  const head = { ...exchange.request.head, fields: [['te', 'gzip']] as const };
  expect(whyUnsendable({ ...withRequest({ head }), protocol: 'http/2' })).toMatch(/its field te/);
});

test('what is not replayed is named as what it is', () => {
  const partial = withRequest({ head: { ...exchange.request.head, partial: true } });
  expect(whyUnsendable(partial)).toMatch(/began before/);
});

test('a WebSocket can be sent, also one that was open at the end, unless a message of the client is not whole', () => {
  const sent = (frame: object): Exchange => {
    const framing = {
      kind: 'websocket',
      frames: [{ at: 0, opcode: 1, fin: true, size: 1, ...frame }],
    } as const;
    const { requestEnd: _, ...times } = exchange.times;
    return { ...withRequest({ body: { ...exchange.request.body, framing } }), times };
  };
  expect(whyUnsendable(sent({}))).toBeUndefined();
  expect(whyUnsendable(sent({ lost: { bytes: 9, cause: 'unreadable' } }))).toMatch(/9 bytes of a message/);
  expect(whyUnsendable({ ...sent({}), protocol: 'http/2' })).toMatch(/over HTTP\/2/);
});

test('a call cannot be sent whose messages are not all on the tape', () => {
  const dropped = [{ at: 0, bytes: 9, cause: 'unreadable' }] as const;
  expect(whyUnsendable(withRequest({ body: { ...exchange.request.body, dropped } }))).toMatch(
    /messages of it/,
  );
});

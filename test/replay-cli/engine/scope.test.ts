import { expect, test } from 'vitest';
import { scopeOf } from '../../../replay-cli/engine/scope.ts';
import { streamExchange } from '../../tape/make-stream.ts';
import { madePrimary, makeTape } from '../../tape/make-tape.ts';

const services = new Set([madePrimary]);

test('a stream that began before the tape is left out, and that is said', async () => {
  const whole = streamExchange({ start: 10, connection: 1 });
  const { exchange, ...bodies } = streamExchange({ start: 0, connection: 2 });
  const head = { ...exchange.request.head, fields: [], partial: true } as const;
  const partial = { ...bodies, exchange: { ...exchange, request: { ...exchange.request, head } } };
  await using tape = await makeTape([partial as typeof whole, whole]);
  const scope = scopeOf(tape, { services });
  expect(scope.count).toBe(1);
  expect(scope.first).toBe(2);
  expect(scope.leftOut).toEqual(['1 stream that began before what is on the tape']);
});

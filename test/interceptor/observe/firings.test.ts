import { expect, test } from 'vitest';
import { Firings } from '../../../interceptor/observe/firings.ts';
import type { Flight } from '../../../interceptor/observe/flight.ts';
import type { Fired, Observation } from '../../../interceptor/observe/observation.ts';
import { triggerOf } from '../../../interceptor/triggers/index.ts';

const flight: Flight = {
  message: 3,
  startedAt: 0,
  ignored: false,
  timedOut: false,
  session: 'abc',
  startLine: { method: 'POST', target: '/bank.v1.AccountsService/Open' },
};

/** An observation that fires on INTERNAL, and what it was told. */
function observed(): { firings: Firings; fired: Fired[] } {
  const fired: Fired[] = [];
  const firesOnCode = Uint8Array.from({ length: 17 }, (_, code) => (code === 13 ? 1 : 0));
  const triggers = [triggerOf({ kind: 'on_grpc_status', codes: [13] })];
  const observation: Pick<Observation, 'triggers' | 'firesOnCode' | 'fire' | 'schemasOf'> = {
    triggers,
    firesOnCode,
    fire: (one) => fired.push(one),
    schemasOf: () => undefined,
  };
  return { firings: new Firings(1, observation as Observation), fired };
}

test('the code of a call fires behind its segment, with the path kept as a method’s name', () => {
  const { firings, fired } = observed();
  firings.onGrpcStatus(flight, 5);
  firings.onGrpcStatus(flight, 13);
  expect(fired).toEqual([]);
  firings.tell();
  expect(fired).toMatchObject([
    {
      connection: 1,
      message: 3,
      line: { method: 'POST', target: '/bank.v1.AccountsService/Open', isCall: true },
      session: 'abc',
      outcome: 'INTERNAL',
      detail: 'INTERNAL (13)',
    },
  ]);
});

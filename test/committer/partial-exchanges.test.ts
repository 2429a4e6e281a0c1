import { expect, test } from 'vitest';
import { PartialExchanges } from '../../committer/partial-exchanges.ts';
import type { Body, Exchange, WebSocketFrame } from '../../tape/exchange.ts';
import type { Gap, GapCause } from '../../tape/gap.ts';
import { exchange as whole } from '../sanitizers/world.ts';

const body = (change: Partial<Body>): Body => ({
  size: 0,
  framing: { kind: 'stream' },
  arrivals: [],
  ...change,
});

function exchange(at: number, response: Partial<Body>, causes: readonly GapCause[] = []): Exchange {
  const { exchange: made } = whole({});
  return {
    ...made,
    response: { ...made.response!, body: body(response) },
    times: { requestStart: at },
    gaps: causes.map((cause): Gap => ({ cause, count: 1, unit: 'exchanges', what: 'response' })),
  };
}

function gapsOf(...exchanges: readonly Exchange[]): readonly Gap[] {
  const partial = new PartialExchanges();
  for (const each of exchanges) partial.add(each);
  return partial.gaps;
}

const part = 'kept in part';
const of = 'of exchanges kept in part';

test('exchanges that are whole have lost nothing', () => {
  expect(gapsOf(exchange(1, {}), whole({}).exchange)).toEqual([]);
});

test('bodies that passed the limit are summed up, in exchanges and bytes', () => {
  const lost = { bytes: 20, cause: 'body_limit' } as const;
  expect(gapsOf(exchange(5, { lost }), exchange(3, { lost }), exchange(9, {}))).toEqual([
    { cause: 'body_limit', unit: 'bytes', count: 40, from: 3, to: 5, what: of },
    { cause: 'body_limit', unit: 'exchanges', count: 2, from: 3, to: 5, what: part },
  ]);
});

test('streams that began before it, and messages that cannot be inflated, are summed up', () => {
  const frame: WebSocketFrame = { at: 7, opcode: 1, fin: true, size: 0 };
  const lost = { bytes: 9, cause: 'inflate_state' } as const;
  const frames = [{ ...frame, lost }, { ...frame, lost }, frame];
  expect(
    gapsOf(
      exchange(1, { framing: { kind: 'websocket', frames } }, ['stream_edge', 'inflate_state']),
      exchange(2, {}, ['stream_edge', 'stream_edge']),
    ),
  ).toEqual(
    expect.arrayContaining([
      { cause: 'stream_edge', unit: 'exchanges', count: 2, from: 1, to: 2, what: part },
      { cause: 'inflate_state', unit: 'messages', count: 2, from: 1, to: 1, what: of },
      { cause: 'inflate_state', unit: 'bytes', count: 18, from: 1, to: 1, what: of },
      { cause: 'inflate_state', unit: 'exchanges', count: 1, from: 1, to: 1, what: part },
    ]),
  );
});

test('bytes that did not reach the window are counted where they were lost, the exchange here', () => {
  const lost = { bytes: 70, cause: 'ledger_overload' } as const;
  expect(gapsOf(exchange(1, { lost }, ['ledger_overload']))).toEqual([
    { cause: 'ledger_overload', unit: 'exchanges', count: 1, from: 1, to: 1, what: part },
  ]);
});

test('exchanges under way where the window ends are told of elsewhere', () => {
  expect(gapsOf(exchange(1, {}, ['in_flight_limit']))).toEqual([]);
});

import { randomBytes } from 'node:crypto';
import { inflateSync } from 'node:zlib';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Batches } from '../../../interceptor/observe/batches.ts';
import { ReflectionFailure, type ToldSchemas } from '../../../interceptor/reflection/ask-schemas.ts';
import { SchemaRecorder } from '../../../interceptor/reflection/schema-recorder.ts';
import type { PieceOf } from '../../../ledger/segment.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

interface World {
  readonly recorder: SchemaRecorder;
  readonly pieces: { readonly piece: PieceOf; readonly bytes: Uint8Array }[];
  readonly faults: unknown[];
  answer: () => Promise<ToldSchemas>;
  asked: number;
}

function world(): World {
  const pieces: World['pieces'] = [];
  const faults: unknown[] = [];
  const batches: Pick<Batches, 'schema'> = {
    schema: (_time, service, piece, bytes) => {
      expect(service).toBe('shop:8080');
      pieces.push({ piece, bytes: Uint8Array.from(bytes) });
    },
  };
  const made: World = {
    recorder: new SchemaRecorder({
      service: 'shop:8080',
      batches: batches as Batches,
      ask: () => {
        made.asked++;
        return made.answer();
      },
      repeatMs: 1000,
      onFault: (fault) => faults.push(fault),
    }),
    pieces,
    faults,
    answer: async () => ({ set: Buffer.from('a set'), truncated: false }),
    asked: 0,
  };
  return made;
}

/** Waiting by vi.waitFor would turn the clock on. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

const whole = (pieces: World['pieces']) => inflateSync(Buffer.concat(pieces.map(({ bytes }) => bytes)));

test('the first call has the service asked, once, and its schemas recorded', async () => {
  const { recorder, pieces, ...rest } = world();
  recorder.record();
  expect(pieces).toEqual([]);
  recorder.seen();
  recorder.seen();
  await vi.waitFor(() => expect(pieces).toHaveLength(1));
  expect(whole(pieces).toString()).toBe('a set');
  expect(pieces[0]!.piece).toEqual({ set: 1, index: 0, count: 1 });
  expect(rest.faults).toEqual([]);
  expect(recorder.counters).toEqual({ asked: 1, failed: 0, bytes: 5, truncated: false });
});

test('they are recorded again with each commit, and now and then while calls pass', async () => {
  const { recorder, pieces } = world();
  recorder.seen();
  await vi.waitFor(() => expect(pieces).toHaveLength(1));
  recorder.record();
  expect(pieces).toHaveLength(2);
  vi.advanceTimersByTime(1001);
  expect(recorder.isDue).toBe(true);
  recorder.seen();
  expect(pieces).toHaveLength(3);
  expect(recorder.isDue).toBe(false);
  expect(recorder.counters.asked).toBe(1);
});

test('schemas of any size come in pieces that fit', async () => {
  const made = world();
  const set = randomBytes(100_000);
  made.answer = async () => ({ set, truncated: false });
  made.recorder.seen();
  await vi.waitFor(() => expect(made.pieces).toHaveLength(4));
  expect(made.pieces.map(({ piece }) => [piece.index, piece.count])).toEqual([
    [0, 4],
    [1, 4],
    [2, 4],
    [3, 4],
  ]);
  expect(whole(made.pieces).equals(set)).toBe(true);
});

test('a service that does not tell is asked again after a pause that grows; it is no fault', async () => {
  const made = world();
  const { recorder } = made;
  made.answer = async () => Promise.reject(new ReflectionFailure('none'));
  for (const [pauseMs, asked] of [
    [60_000, 1],
    [120_000, 2],
    [240_000, 3],
  ] as const) {
    recorder.seen();
    await settled();
    expect(recorder.counters.failed).toBe(asked);
    vi.advanceTimersByTime(pauseMs - 1);
    expect(recorder.isDue).toBe(false);
    vi.advanceTimersByTime(1);
    expect(recorder.isDue).toBe(true);
  }
  expect(made.faults).toEqual([]);
});

test('a fault of ours is told', async () => {
  const made = world();
  made.answer = async () => Promise.reject(new TypeError('a defect'));
  made.recorder.seen();
  await vi.waitFor(() => expect(made.faults).toEqual([new TypeError('a defect')]));
});

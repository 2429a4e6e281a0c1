import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PreciseTimer } from '../../../../../replay-cli/engine/client/precise-timer.ts';
import { Pace, type PaceOptions } from '../../../../../replay-cli/engine/client/stream/pace.ts';
import type { Need, UnmetStep } from '../../../../../replay-cli/engine/client/stream/script.ts';
import { withNeeds } from '../../../../../replay-cli/engine/client/stream/script.ts';

const ms = 1e6;
let timer: PreciseTimer;

beforeEach(() => {
  timer = new PreciseTimer();
});
afterEach(() => timer[Symbol.dispose]());

/** Client messages at these recorded milliseconds, the request's end last. */
const messages = (...times: number[]): UnmetStep[] =>
  times.map((at) => ({
    at: at * ms,
    act: { kind: 'data', bytes: new Uint8Array(1), end: false },
    messages: 1,
  }));
const end = (at: number): UnmetStep => ({ at: at * ms, act: { kind: 'end' }, messages: 0 });
const received = (...times: number[]): Need[] =>
  times.map((at, index) => ({ what: 'messages', count: index + 1, at: at * ms }));

function paceOf(steps: UnmetStep[], receipts: Need[], options: Partial<PaceOptions> = {}) {
  const acted: { at: number; kind: string }[] = [];
  const began = performance.now();
  const pace = new Pace({
    script: { start: 0, steps: withNeeds(steps, receipts) },
    timer,
    timing: 'causal',
    speed: 1,
    patienceMs: 60,
    held: false,
    act: ({ act }) => acted.push({ at: performance.now() - began, kind: act.kind }),
    ...options,
  });
  return { pace, acted, began };
}

const until = (done: () => boolean) => expect.poll(done, { interval: 2, timeout: 5_000 }).toBe(true);

describe('the pace of a stream', () => {
  it('sends what came with the head at once, and the rest at the recorded gaps', async () => {
    const { pace, acted, began } = paceOf([...messages(0, 30, 60), end(60)], []);
    pace.begin(began);
    expect(acted.map(({ kind }) => kind)).toEqual(['data']);
    await until(() => pace.isDone);
    expect(acted[1]!.at).toBeGreaterThanOrEqual(30);
    expect(acted[2]!.at).toBeGreaterThanOrEqual(60);
  });

  it('divides recorded time by the speed', async () => {
    const { pace, acted, began } = paceOf(messages(0, 4000), [], { speed: 100 });
    pace.begin(began);
    await until(() => pace.isDone);
    expect(acted[1]!.at).toBeGreaterThanOrEqual(40);
    expect(acted[1]!.at).toBeLessThan(2_000);
  });

  it('waits for what the client had received, and then the recorded gap', async () => {
    const { pace, acted, began } = paceOf(messages(0, 10), received(5), { patienceMs: 10_000 });
    pace.begin(began);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(acted).toHaveLength(1);
    const came = performance.now() - began;
    pace.received('messages', performance.now());
    await until(() => pace.isDone);
    expect(acted[1]!.at).toBeGreaterThanOrEqual(came + 5);
  });

  it('waits in vain once, and goes by the clock from then on', async () => {
    const { pace, acted, began } = paceOf(messages(0, 10, 20, 30), received(5, 15, 25));
    pace.begin(began);
    await until(() => pace.isDone);
    expect(acted[1]!.at).toBeGreaterThanOrEqual(70);
    expect(acted[3]!.at).toBeGreaterThanOrEqual(90);
    expect(acted[3]!.at - acted[1]!.at).toBeLessThan(60);
    expect(pace.unmet).toBe(3);
  });

  it('waits for nothing more once the response is over', async () => {
    const { pace, acted, began } = paceOf(messages(0, 10), received(5), { patienceMs: 60_000 });
    pace.begin(began);
    pace.over();
    await until(() => pace.isDone);
    expect(acted).toHaveLength(2);
    expect(pace.unmet).toBe(1);
  });

  it('keeps the order alone with fast, and the clock alone with absolute', async () => {
    const fast = paceOf(messages(0, 3_600_000), received(1_000), { timing: 'fast', patienceMs: 60_000 });
    fast.pace.begin(fast.began);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(fast.acted).toHaveLength(1);
    fast.pace.received('messages', performance.now());
    await until(() => fast.pace.isDone);
    const absolute = paceOf(messages(0, 10), received(5), { timing: 'absolute', patienceMs: 60_000 });
    absolute.pace.begin(absolute.began);
    await until(() => absolute.pace.isDone);
    expect(absolute.pace.unmet).toBe(0);
  });

  it('sends nothing more once it is stopped', async () => {
    const { pace, acted, began } = paceOf(messages(0, 10), []);
    pace.begin(began);
    pace.stop();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(acted).toHaveLength(1);
  });
});

describe('a held stream', () => {
  it('goes on a message at a time, its end with the last where nothing was received between', async () => {
    const { pace, acted, began } = paceOf([...messages(0, 10), end(10)], received(5), { held: true });
    pace.begin(began);
    expect(acted).toEqual([]);
    let settled = false;
    const first = pace.step().then(() => {
      settled = true;
    });
    expect(acted.map(({ kind }) => kind)).toEqual(['data']);
    expect(pace.left).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(settled).toBe(false);
    pace.received('messages', performance.now());
    await first;
    void pace.step();
    expect(acted.map(({ kind }) => kind)).toEqual(['data', 'data', 'end']);
    expect(pace.isDone).toBe(true);
  });

  it('keeps its end for a step of its own where the client received something before it', () => {
    const { pace, acted, began } = paceOf([...messages(0), end(10)], received(5), { held: true });
    pace.begin(began);
    void pace.step();
    expect(acted.map(({ kind }) => kind)).toEqual(['data']);
    expect(pace.left).toBe(0);
    expect(pace.isDone).toBe(false);
    void pace.step();
    expect(acted.map(({ kind }) => kind)).toEqual(['data', 'end']);
  });

  it('goes on with its timing when it is released', async () => {
    const { pace, acted, began } = paceOf(messages(0, 20), [], { held: true });
    pace.begin(began);
    pace.release();
    await until(() => pace.isDone);
    expect(acted).toHaveLength(2);
  });
});

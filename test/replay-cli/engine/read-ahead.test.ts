import { describe, expect, it } from 'vitest';
import { PreciseTimer } from '../../../replay-cli/engine/client/precise-timer.ts';
import { type Planned, ReadAhead } from '../../../replay-cli/engine/read-ahead.ts';
import { scopeOf } from '../../../replay-cli/engine/scope.ts';
import { madePrimary, makeTape } from '../../tape/make-tape.ts';

/** Reads a tape with these starts (milliseconds) ahead; what is planned is what was read and not sent. */
async function readAhead(starts: readonly number[]) {
  const tape = await makeTape(starts.map((start, message) => ({ start, end: start + 1, message })));
  const timer = new PreciseTimer();
  const unsent: number[] = [];
  let filled = false;
  const planned = (): Planned => ({ count: unsent.length, earliest: unsent[0] });
  const ahead = new ReadAhead({
    ...{ tape, timer, from: 1, to: undefined, planned },
    scope: scopeOf(tape, { services: new Set([madePrimary]) }),
    isSent: () => false,
    onFilled: () => {
      filled = true;
    },
  });
  const payloads = ahead.payloads();
  const read = async () => {
    const next = await payloads.next();
    if (!next.done) unsent.push(next.value.exchange.times.requestStart);
    return next.done ? undefined : next.value.exchange.id;
  };
  return { ahead, read, unsent, timer, isFilled: () => filled };
}

describe('reading ahead', () => {
  it('goes as far as ten recorded seconds, then waits for a send', async () => {
    const { ahead, read, unsent, isFilled } = await readAhead([0, 5_000, 30_000]);
    expect([await read(), await read()]).toEqual([1, 2]);
    expect(isFilled()).toBe(false);
    const third = read();
    await new Promise((resolve) => setImmediate(resolve));
    expect(isFilled()).toBe(true);
    for (const start of unsent.splice(0)) ahead.sent(start);
    expect(await third).toBe(3);
    expect(await read()).toBeUndefined();
  });

  it('has what follows a long pause before the pause is over', async () => {
    const { ahead, read, unsent } = await readAhead([0, 60_000, 60_002]);
    await read();
    for (const start of unsent.splice(0)) ahead.sent(start);
    expect([await read(), await read()]).toEqual([2, 3]);
  });

  it('ends when it is stopped', async () => {
    const { ahead, read } = await readAhead([0, 60_000]);
    await read();
    const second = read();
    ahead.stop();
    expect(await second).toBeUndefined();
  });
});

import { describe, expect, it, vi } from 'vitest';
import { PreciseTimer } from '../../../../replay-cli/engine/client/precise-timer.ts';

describe('the precise timer', () => {
  it('calls in the order of times, never early, and leaves out what was cancelled', async () => {
    using timer = new PreciseTimer();
    const begin = performance.now();
    const called: { name: string; early: boolean }[] = [];
    const plan = (name: string, after: number) => {
      const at = begin + after;
      return timer.at(at, () => called.push({ name, early: performance.now() < at }));
    };
    plan('c', 30.4);
    plan('a', 5.2);
    const cancel = plan('never', 12);
    plan('b', 5.3);
    plan('now', -10);
    cancel();
    await new Promise<void>((resolve) => timer.at(begin + 31, resolve));
    expect(called).toEqual(['now', 'a', 'b', 'c'].map((name) => ({ name, early: false })));
  });

  it('lets sockets and timers be served while it waits', async () => {
    // A clock that only moves when it is read: how often the loop turns does not hang on the machine's load.
    let now = 0;
    using _clock = vi.spyOn(performance, 'now').mockImplementation(() => {
      now += 0.005;
      return now;
    });
    using timer = new PreciseTimer();
    let waiting = true;
    let turns = 0;
    const count = () => {
      turns++;
      if (waiting) setImmediate(count);
    };
    setImmediate(count);
    await new Promise<void>((resolve) => timer.at(2, resolve));
    waiting = false;
    expect(turns).toBeGreaterThan(5);
  });

  it('calls what is planned from within a call', async () => {
    using timer = new PreciseTimer();
    const order: number[] = [];
    await new Promise<void>((resolve) => {
      timer.at(performance.now() + 2, () => {
        order.push(1);
        timer.at(performance.now() + 1, () => {
          order.push(2);
          resolve();
        });
      });
    });
    expect(order).toEqual([1, 2]);
  });
});

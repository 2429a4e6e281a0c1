import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { durationOf, type Recorded, simulate } from './simulate.ts';

const exchange = fc.record({
  start: fc.integer({ min: 0, max: 400 }),
  length: fc.integer({ min: 1, max: 120 }),
  session: fc.constantFrom('a', 'b', 'c', undefined),
});

/** Exchanges in the order of their starts, each on a connection of its own. */
const tape = fc.array(exchange, { minLength: 1, maxLength: 40 }).map((all) =>
  all
    .toSorted((a, b) => a.start - b.start)
    .map(
      ({ start, length, session }): Recorded => ({
        start,
        end: start + length,
        ...(session === undefined ? {} : { session }),
      }),
    ),
);

/** Likewise, every one of some session. */
const sessions = tape.map((all) => all.map((one): Recorded => ({ ...one, session: one.session ?? 'd' })));

/** Likewise, none of a session. */
const whole = tape.map((all) =>
  all.map(({ start, end }): Recorded => ({ start, ...(end === undefined ? {} : { end }) })),
);

/** Requests of one session that take 10 ms and follow each other every 30 ms. */
function chain(session: string, length: number): Recorded[] {
  return Array.from({ length }, (_, index) => ({ start: index * 30, end: index * 30 + 10, session }));
}

describe('causal timing', () => {
  it('gives back the recorded starts where the target takes as long as it did', () => {
    fc.assert(
      fc.property(tape, (recorded) => {
        const { starts, overlap } = simulate(recorded);
        recorded.forEach((one, index) => {
          expect(starts[index]! - starts[0]!).toBeCloseTo(one.start - recorded[0]!.start, 6);
        });
        expect(overlap.lostCount).toBe(0);
        expect(overlap.movedCount).toBe(0);
      }),
    );
  });

  it('never sends a request before the answers that its client had', () => {
    fc.assert(
      fc.property(
        fc.oneof(sessions, whole),
        fc.array(fc.nat(300), { minLength: 40, maxLength: 40 }),
        (recorded, lengths) => {
          const { starts, ends } = simulate(recorded, { duration: (number) => lengths[number - 1] ?? 0 });
          for (const [later, one] of recorded.entries()) {
            for (const [earlier, other] of recorded.slice(0, later).entries()) {
              if (one.session === other.session && other.end! <= one.start)
                expect(starts[later]!).toBeGreaterThanOrEqual(ends[earlier]!);
            }
          }
        },
      ),
    );
  });

  it('shifts only the session whose answers are slow', () => {
    fc.assert(
      fc.property(sessions, (recorded) => {
        const { starts } = simulate(recorded, {
          duration: (number) =>
            durationOf(recorded[number - 1]) + (recorded[number - 1]!.session === 'a' ? 1000 : 0),
        });
        recorded.forEach((one, index) => {
          if (one.session === 'a') return;
          expect(starts[index]! - starts[0]!).toBeCloseTo(one.start - recorded[0]!.start, 6);
        });
      }),
    );
  });

  it('waits for the latest answers only, so that a slow early one does not move what came after a later one', () => {
    const recorded: Recorded[] = [
      { start: 0, end: 10, session: 'a' },
      { start: 20, end: 30, session: 'a' },
      { start: 80, end: 90, session: 'a' },
    ];
    const { starts } = simulate(recorded, { duration: () => 40 });
    expect(starts).toEqual([0, 50, 140]);
  });

  it('keeps the gap between two requests that wait for the same answer', () => {
    const recorded: Recorded[] = [
      { start: 0, end: 10, session: 'a' },
      { start: 20, end: 120, session: 'a' },
      { start: 70, end: 150, session: 'a' },
    ];
    const { starts } = simulate(recorded, { duration: (number) => (number === 1 ? 500 : 100) });
    expect(starts[2]! - starts[1]!).toBe(50);
  });

  it('keeps the gap to a request of its session that is under way, however late that one was sent', () => {
    const recorded: Recorded[] = [
      { start: 0, end: 10, session: 'a' },
      { start: 20, end: 30, session: 'b' },
      { start: 40, end: 140, session: 'a', carries: [2] },
      { start: 90, end: 95, session: 'a' },
    ];
    const { starts } = simulate(recorded, { duration: (number) => (number === 2 ? 500 : 10) });
    expect(starts).toEqual([0, 20, 530, 580]);
  });

  it('does not let one slow client shift the start of another that waits for nothing', () => {
    const recorded: Recorded[] = [
      { start: 0, end: 10, session: 'a' },
      { start: 20, end: 30, session: 'a' },
      { start: 25, end: 35, session: 'b' },
    ];
    const { starts } = simulate(recorded, { duration: (number) => (number === 1 ? 1010 : 10) });
    // Were the third anchored to the start of the request before it, the second, it would be sent at 1025.
    expect(starts).toEqual([0, 1020, 25]);
  });

  it('lets a request wait for the answer of another session whose value it carries', () => {
    const recorded: Recorded[] = [
      { start: 0, end: 10, session: 'a' },
      { start: 5, end: 8, session: 'b' },
      { start: 30, end: 40, session: 'b', carries: [1] },
    ];
    const { starts } = simulate(recorded, { duration: (number) => (number === 1 ? 100 : 3) });
    expect(starts[2]).toBe(120);
  });

  it('lets no stream wait for another only since it shared a connection with it', () => {
    const { starts } = simulate(
      [
        { start: 0, end: 10, session: 'a', connection: 7, multiplexed: true },
        { start: 12, end: 20, session: 'b', connection: 7, multiplexed: true },
      ],
      { duration: (number) => (number === 1 ? 500 : 8) },
    );
    expect(starts[1]! - starts[0]!).toBeCloseTo(12, 6);
  });

  it('lets the next request on a connection wait for the answer before it, whatever its session', () => {
    const recorded: Recorded[] = [
      { start: 0, end: 10, session: 'a', connection: 7 },
      { start: 12, end: 20, session: 'b', connection: 7 },
    ];
    expect(simulate(recorded, { duration: () => 50 }).starts).toEqual([0, 52]);
  });

  it('sends a pipelined request behind the one before it without waiting for the answer', () => {
    const recorded: Recorded[] = [
      { start: 0, requestEnd: 2, end: 30, session: 'a', connection: 7 },
      { start: 5, requestEnd: 6, end: 40, session: 'a', connection: 7 },
    ];
    expect(simulate(recorded, { duration: () => 500 }).starts).toEqual([0, 5]);
  });

  it('reports the overlaps that a faster target loses', () => {
    const recorded: Recorded[] = [
      { start: 0, end: 100, session: 'a' },
      { start: 50, end: 150, session: 'a' },
    ];
    const { overlap } = simulate(recorded, { duration: () => 10 });
    expect(overlap).toMatchObject({ recorded: 1, kept: 0, lostCount: 1, lost: [{ first: 1, second: 2 }] });
    expect(overlap.earliestLost).toEqual({ first: 1, second: 2, began: 50e6 });
  });

  it('tells the lost overlap that began first on the tape, whichever was lost first', () => {
    const recorded: Recorded[] = [
      { start: 0, end: 10, session: 'a' },
      { start: 20, end: 60, session: 'a' },
      { start: 30, end: 70, session: 'a' },
      { start: 100, end: 200, session: 'b' },
      { start: 150, end: 250, session: 'c' },
    ];
    const { overlap } = simulate(recorded, { duration: (number) => (number === 1 ? 500 : 1) });
    expect(overlap.lost.map(({ first }) => first)).toEqual([4, 2]);
    expect(overlap.earliestLost).toEqual({ first: 2, second: 3, began: 30e6 });
  });

  it('reports start gaps of overlapping requests that moved by over 1 ms', () => {
    const recorded: Recorded[] = [
      { start: 0, end: 100, session: 'a' },
      { start: 10, end: 300, session: 'b' },
      { start: 110, end: 130, session: 'a' },
    ];
    const { overlap } = simulate(recorded, { duration: (number) => (number === 1 ? 105 : 200) });
    expect(overlap).toMatchObject({ moved: [{ first: 2, second: 3, byMs: 5 }], movedMostMs: 5 });
  });

  it('tells the first of the overlapping requests on the tape that was sent over 10 ms late', () => {
    const recorded: Recorded[] = [
      { start: 0, end: 100, session: 'a' },
      { start: 20, end: 60, session: 'b' },
      { start: 40, end: 50, session: 'c' },
      { start: 500, end: 510, session: 'd' },
    ];
    const late = (by: Readonly<Record<number, number>>) =>
      simulate(recorded, { late: (number) => by[number] ?? 0 }).overlap.earliestLate;
    expect(late({ 2: 12, 3: 54, 4: 80 })).toMatchObject({ id: 2, byMs: 12, began: 20 * 1e6 });
    expect(late({ 1: 12 })).toMatchObject({ id: 1, byMs: 12 });
    expect(late({ 2: 9, 4: 80 })).toBeUndefined();
  });

  it('does not let the jitter of answers add up along a session', () => {
    const recorded = chain('a', 50);
    const { starts } = simulate(recorded, { duration: (number) => 10 + (number % 2 === 0 ? 0.9 : -0.4) });
    recorded.forEach((one, index) => {
      expect(Math.abs(starts[index]! - one.start)).toBeLessThan(1e-6);
    });
  });

  it('makes a send that was late good by the gap behind its answer', () => {
    const { starts } = simulate(chain('a', 4), { late: (number) => (number === 2 ? 8 : 0) });
    expect(starts).toEqual([0, 38, 60, 90]);
  });

  it('never makes a late send good by sending before an answer', () => {
    const recorded: Recorded[] = [
      { start: 0, end: 10, session: 'a' },
      { start: 12, end: 20, session: 'a' },
    ];
    const { starts } = simulate(recorded, { late: (number) => (number === 1 ? 8 : 0) });
    expect(starts).toEqual([8, 18]);
  });

  it('moves a session as a whole by a stall that its gaps cannot be asked to make good', () => {
    const { starts } = simulate(chain('a', 3), { late: (number) => (number === 2 ? 400 : 0) });
    expect(starts).toEqual([0, 430, 460]);
  });

  it('keeps what the service itself does: a slower answer moves its session', () => {
    const { starts } = simulate(chain('a', 3), { duration: (number) => (number === 1 ? 13 : 10) });
    expect(starts).toEqual([0, 33, 63]);
  });

  it('keeps the distance of two requests that overlap where the first was sent late', () => {
    const recorded: Recorded[] = [
      { start: 0, end: 100, session: 'a' },
      { start: 50, end: 150, session: 'a' },
      { start: 170, end: 180, session: 'a' },
    ];
    const { starts } = simulate(recorded, { late: (number) => (number === 1 ? 8 : 0) });
    expect(starts).toEqual([8, 58, 170]);
  });

  it('does not let a late send of one session move the start of another', () => {
    const recorded: Recorded[] = [
      { start: 0, end: 10, session: 'a' },
      { start: 50, end: 60, session: 'b' },
    ];
    expect(simulate(recorded, { late: (number) => (number === 1 ? 8 : 0) }).starts).toEqual([8, 50]);
  });

  it('plans nothing behind an exchange whose end the tape does not know', () => {
    const recorded: Recorded[] = [
      { start: 0, session: 'a' },
      { start: 50, end: 60, session: 'a' },
    ];
    const { starts, overlap } = simulate(recorded, { duration: () => 10 });
    expect(starts).toEqual([0, 50]);
    expect(overlap.recorded).toBe(0);
  });
});

describe('absolute timing', () => {
  it('keeps the recorded clock, whatever the target takes', () => {
    fc.assert(
      fc.property(tape, fc.integer({ min: 0, max: 500 }), (recorded, length) => {
        const { starts } = simulate(recorded, { timing: 'absolute', duration: () => length });
        recorded.forEach((one, index) => {
          expect(starts[index]! - starts[0]!).toBeCloseTo(one.start - recorded[0]!.start, 6);
        });
      }),
    );
  });
});

describe('fast timing', () => {
  it('waits for the same answers as causal, and for no time', () => {
    fc.assert(
      fc.property(fc.oneof(sessions, whole), (recorded) => {
        const { starts, ends } = simulate(recorded, { timing: 'fast', duration: () => 5 });
        const happened = new Set([0, ...starts, ...ends]);
        expect(starts.every((start) => happened.has(start))).toBe(true);
        for (const [later, one] of recorded.entries()) {
          for (const [earlier, other] of recorded.slice(0, later).entries()) {
            if (one.session === other.session && other.end! <= one.start)
              expect(starts[later]!).toBeGreaterThanOrEqual(ends[earlier]!);
          }
        }
      }),
    );
  });

  it('takes the gap out of two overlapping requests', () => {
    const recorded: Recorded[] = [
      { start: 0, end: 100, session: 'a' },
      { start: 50, end: 150, session: 'a' },
    ];
    expect(simulate(recorded, { timing: 'fast' }).starts).toEqual([0, 0]);
  });
});

describe('speed', () => {
  it('divides recorded time', () => {
    const recorded: Recorded[] = [
      { start: 0, end: 10, session: 'a' },
      { start: 30, end: 50, session: 'a' },
      { start: 40, end: 60, session: 'a' },
    ];
    expect(simulate(recorded, { speed: 2 }).starts).toEqual([0, 15, 20]);
  });
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { StreamFloor } from '../../../ledger/redis/stream-floor.ts';

const overhead = 160;

describe('the floor of a stream', () => {
  test('is the retention below the newest entry while the budget holds', () => {
    const floor = new StreamFloor(1e6, 1000);
    expect(floor.minId).toBe('0-0');
    expect(floor.trimmedTo).toBe(0);
    floor.took({ ms: 5000, count: 0 }, 100);
    expect(floor.minId).toBe('4000-0');
    expect(floor.trimmedTo).toBe(3999);
  });

  test('stands just above the newest entry that the budget put out', () => {
    const floor = new StreamFloor(2 * (100 + overhead), 1000);
    for (let i = 0; i < 4; i++) floor.took({ ms: 5000, count: i }, 100);
    expect(floor.minId).toBe('5000-2');
    expect(floor.trimmedTo).toBe(5000);
    expect(floor.bytes).toBe(2 * (100 + overhead));
  });

  test('agrees with a plain list on any history', () => {
    const history = fc.array(
      fc.record({ wait: fc.nat({ max: 40 }), bytes: fc.nat({ max: 3000 }), again: fc.nat({ max: 3 }) }),
      { maxLength: 400 },
    );
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 2000 }), (steps, retention) => {
        const budget = 20_000;
        const floor = new StreamFloor(budget, retention);
        let kept: { ms: number; count: number; bytes: number }[] = [];
        let ms = 1e6;
        for (const step of steps) {
          ms += step.wait + 1;
          for (let count = 0; count <= step.again; count++) {
            floor.took({ ms, count }, step.bytes);
            kept.push({ ms, count, bytes: step.bytes + overhead });
            kept = kept.filter((entry) => entry.ms >= ms - retention);
            while (kept.length > 1 && kept.reduce((sum, entry) => sum + entry.bytes, 0) > budget)
              kept.shift();
            const [minMs, minCount] = floor.minId.split('-').map(Number);
            const survives = (entry: { ms: number; count: number }): boolean =>
              entry.ms > minMs! || (entry.ms === minMs && entry.count >= minCount!);
            expect(kept.every(survives)).toBe(true);
            expect(floor.bytes).toBe(kept.reduce((sum, entry) => sum + entry.bytes, 0));
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

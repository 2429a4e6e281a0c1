import { describe, expect, test } from 'vitest';
import { faultReporter, surviveFaults } from '../../interceptor/faults.ts';
import type { Log } from '../../program/log.ts';

describe('faults of ours', () => {
  test('are logged one at a time, with how many there were', () => {
    const told: unknown[] = [];
    const quiet = () => undefined;
    const log: Log = {
      ...{ debug: quiet, info: quiet, warn: quiet, error: quiet },
      fault: (_message, _fault, fields) => told.push(fields),
    };
    const report = faultReporter(log);
    for (let i = 0; i < 50; i++) report(new Error('injected'));
    expect(told).toEqual([{ faults: 1 }]);
  });

  test('that nobody caught are reported, and the process goes on, as long as it is wished', () => {
    const before = process.listeners('uncaughtException');
    const seen: unknown[] = [];
    const fault = new Error('injected');
    {
      using _ = surviveFaults((one) => seen.push(one));
      const [added] = process.listeners('uncaughtException').filter((one) => !before.includes(one));
      added?.(fault, 'uncaughtException');
    }
    expect(seen).toEqual([fault]);
    expect(process.listeners('uncaughtException')).toEqual(before);
  });
});

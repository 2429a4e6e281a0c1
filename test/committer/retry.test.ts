import { expect, test } from 'vitest';
import { backoffMs, ledgerBackoffMs } from '../../committer/retry.ts';

test('waits double, up to half a minute for a vault and five seconds for a ledger', () => {
  const attempts = [1, 2, 3, 4, 5, 6, 50];
  expect(attempts.map(backoffMs)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
  expect(attempts.map(ledgerBackoffMs)).toEqual([1_000, 2_000, 4_000, 5_000, 5_000, 5_000, 5_000]);
});

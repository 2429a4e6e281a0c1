import type { TriggerMark } from '../tape/exchange.ts';
import type { Gap, GapCause } from '../tape/gap.ts';

/** Losses that can take a whole exchange with them, the likeliest first. */
const takingAll: readonly GapCause[] = [
  'evicted',
  'ledger_unreachable',
  'ledger_overload',
  'unsealable',
  'opaque',
  'malformed',
];

/**
 * The gap of the exchanges that triggers fired on and that are not on the tape: they went with what `told` tells of, or
 * else began before the window. `undefined` where all are there.
 */
export function lostTriggers(lost: readonly TriggerMark[], told: readonly Gap[]): Gap | undefined {
  if (lost.length === 0) return undefined;
  const cause = takingAll.find((each) => told.some((gap) => gap.cause === each)) ?? 'window_edge';
  const kinds = [...new Set(lost.map(({ trigger }) => trigger))];
  return {
    ...{ cause, count: lost.length, unit: 'exchanges', what: `of the trigger ${kinds.join(', ')}` },
    ...{ from: 0, to: Math.max(...lost.map(({ at }) => at)) },
  };
}

import { formatDuration } from '../../program/quantity.ts';
import type { Trigger } from './trigger.ts';

/** Fires on responses that are not whole so long after the request. */
export function onTimeout(afterMs: number): Trigger {
  return {
    kind: 'on_timeout',
    lateAfterMs: afterMs,
    onLate: () => ({ outcome: 'timeout', detail: formatDuration(afterMs) }),
  };
}

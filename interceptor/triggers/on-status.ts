import type { Trigger } from './trigger.ts';

/** Fires on responses with a status within one of the ranges (both ends included). */
export function onStatus(ranges: readonly (readonly [from: number, to: number])[]): Trigger {
  return {
    kind: 'on_status',
    onStatus: (status) => {
      for (const [from, to] of ranges) {
        if (status >= from && status <= to) return { outcome: String(status), detail: '' };
      }
      return undefined;
    },
  };
}

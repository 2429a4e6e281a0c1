import { matchesGlob } from '../../tunnel/glob.ts';
import type { Trigger } from './trigger.ts';

/** Fires on failures of the service whose type the glob describes: `*` is all of them. */
export function onException(pattern: string): Trigger {
  return {
    kind: 'on_exception',
    onException: (type) =>
      matchesGlob(pattern, type) ? { outcome: `exception:${type}`, detail: type } : undefined,
  };
}

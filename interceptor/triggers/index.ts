import type { TriggerConfig } from '../../tunnel/config.ts';
import { onException } from './on-exception.ts';
import { onGrpcStatus } from './on-grpc-status.ts';
import { onStatus } from './on-status.ts';
import { onTimeout } from './on-timeout.ts';
import type { Trigger } from './trigger.ts';

export type { ExceptionType, Firing, Trigger } from './trigger.ts';

/** Makes the trigger of a tunnel's rule. A new kind of trigger is one file and one line here. */
export function triggerOf(config: TriggerConfig): Trigger {
  switch (config.kind) {
    case 'on_status':
      return onStatus(config.ranges);
    case 'on_grpc_status':
      return onGrpcStatus(config.codes);
    case 'on_exception':
      return onException(config.pattern);
    case 'on_timeout':
      return onTimeout(config.afterMs);
  }
}

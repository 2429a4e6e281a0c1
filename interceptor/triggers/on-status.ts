import { statusOfGrpcCode } from '../../tunnel/grpc-codes.ts';
import { firingOf } from './on-grpc-status.ts';
import type { Trigger } from './trigger.ts';

/** Fires on a status within one of the ranges (both ends included): a response's, or the one that a gRPC code stands for. */
export function onStatus(ranges: readonly (readonly [from: number, to: number])[]): Trigger {
  const within = (status: number): boolean => ranges.some(([from, to]) => status >= from && status <= to);
  return {
    kind: 'on_status',
    onStatus: (status) => (within(status) ? { outcome: String(status), detail: '' } : undefined),
    onGrpcStatus: (code) => {
      const status = statusOfGrpcCode(code);
      return status !== undefined && within(status) ? firingOf(code) : undefined;
    },
  };
}

import { grpcCodeName } from '../../tunnel/grpc-codes.ts';
import type { Firing, Trigger } from './trigger.ts';

/** Fires on calls that ended with one of the codes. */
export function onGrpcStatus(codes: readonly number[]): Trigger {
  return {
    kind: 'on_grpc_status',
    onGrpcStatus: (code) => (codes.includes(code) ? firingOf(code) : undefined),
  };
}

/** Of the fingerprint the code's name; as detail both. */
export function firingOf(code: number): Firing {
  const name = grpcCodeName(code);
  return { outcome: name, detail: `${name} (${code})` };
}

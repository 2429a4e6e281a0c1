import type { TriggerKind } from '../../tape/exchange.ts';

/** How a service failed an exchange, as `on_exception` names it. `internal_error`: it closed a WebSocket with 1011. */
export type ExceptionType = 'reset' | 'closed' | 'refused' | 'internal_error';

/** Why a trigger fires. */
export interface Firing {
  /** Of the fingerprint: `500`, `INTERNAL`, `exception:reset`, `timeout`. */
  readonly outcome: string;
  /** See `TriggerMark.detail`; empty where the outcome says all. */
  readonly detail: string;
}

/** A rule that fires a commit. It is asked about what it has a method for; it looks at nothing else. */
export interface Trigger {
  readonly kind: Exclude<TriggerKind, 'manual'>;
  /** A response's head is whole. Asked for every exchange. */
  onStatus?(status: number): Firing | undefined;
  /** A gRPC, gRPC-Web or Connect call ended with this code, 0 to 16. Asked for every call. */
  onGrpcStatus?(code: number): Firing | undefined;
  /** The service failed before its response was whole. */
  onException?(type: ExceptionType): Firing | undefined;
  /** Milliseconds after the request's first byte at which a response that is not whole is late. */
  readonly lateAfterMs?: number;
  onLate?(): Firing;
}

import type { TriggerKind } from '../tape/exchange.ts';
import type { ProcessTime } from './segment.ts';

/**
 * What a commit request holds, sealed. The namespace and the tunnel are those of the key that it was read from, never
 * of this content.
 */
export interface CommitRequest {
  readonly trigger: TriggerKind;
  readonly fingerprint: string;
  /** `reset`, `5s`, … : see `TriggerMark.detail`. */
  readonly detail: string;
  /** Which interceptor process and, but for `manual`, which message it fired on. */
  readonly instance: string;
  /** Of the exchange that it fired on, where the interceptor stands before several. */
  readonly service?: string;
  readonly pod: string;
  readonly connection?: number;
  readonly message?: number;
  readonly at: { readonly process: ProcessTime; readonly wallMs: number };
  readonly scope: 'tunnel' | 'session';
  /** The raw value of the session key, where the scope is `session` and the exchange has one. */
  readonly session?: string;
}

/** The version of a commit request's content. Format 1 had no `on_grpc_status`, and is read as it is. */
export const commitRequestFormat = 2;

/** The content of a commit request, to be sealed at the ledger's commits key. `parse-commit-request.ts` reads it. */
export function encodeCommitRequest(request: CommitRequest): Buffer {
  return Buffer.from(JSON.stringify({ format: commitRequestFormat, ...request }));
}

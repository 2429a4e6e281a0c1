/**
 * A validated StatefulTunnel, as plain JSON: all defaults filled in, durations in milliseconds, sizes in bytes. It is
 * what programs hand to each other; `schema.ts` makes it from YAML and is not loaded where only this type is used.
 */
export interface TunnelConfig {
  readonly namespace: string;
  readonly name: string;
  readonly mode: 'record';
  readonly capture: CaptureConfig;
  readonly triggers: readonly TriggerConfig[];
  readonly commit: CommitConfig;
  readonly sanitization: readonly SanitizationRule[];
}

export interface CaptureConfig {
  readonly protocols: readonly ('http' | 'grpc')[];
  /** Whether bodies are kept. Heads always are. */
  readonly payloads: boolean;
  readonly maxSessionDurationMs: number;
  /** Bytes kept of one body. */
  readonly bodyLimit: number;
  /** Bytes that the ledger keeps of one pod. */
  readonly ledgerBudget: number;
  readonly connectionLimit: number;
  readonly sessionKey?: { readonly header: string } | { readonly cookie: string };
  /** Traffic that passes and is not recorded. All given parts of a rule must match. */
  readonly ignore: readonly IgnoreRule[];
  /** Whether the service is asked for the schemas of its messages (gRPC server reflection). */
  readonly reflection: boolean;
}

export interface IgnoreRule {
  /** Glob over the path, `*` within a segment and `**` across. */
  readonly path?: string;
  /** Glob over the user agent. */
  readonly userAgent?: string;
}

export type TriggerConfig =
  /** Statuses, with `5xx` already spread into 500–599 as a range. Also those that gRPC codes stand for. */
  | { readonly kind: 'on_status'; readonly ranges: readonly (readonly [from: number, to: number])[] }
  /** Codes of gRPC, 0 to 16. */
  | { readonly kind: 'on_grpc_status'; readonly codes: readonly number[] }
  /** `*`, or a glob over the exception's type: `reset`, `closed`, `refused`, `internal_error`. */
  | { readonly kind: 'on_exception'; readonly pattern: string }
  | { readonly kind: 'on_timeout'; readonly afterMs: number };

export interface CommitConfig {
  readonly scope: 'tunnel' | 'session';
  /** How long after the trigger the window ends. */
  readonly tailMs: number;
  /** How long exchanges in flight at the window's end are awaited. */
  readonly inFlightMs: number;
  /** A fingerprint that fired does not fire again for so long. */
  readonly coolDownMs: number;
}

/** A rule of the user's own. `replace` may hold generators: `[MOCK_TOKEN]` and its kin. */
export interface SanitizationRule {
  readonly regex: string;
  readonly replace: string;
}

import { type ErrorCode, type ExitCode, errorKinds } from './registry.ts';

export interface DvrErrorDetails {
  /** What the user can do about it: one imperative sentence. */
  readonly hint?: string;
  /** The place that is at fault: `tunnel.yaml:14:7 spec.triggers[0].on_status`, a part of a tape, a flag. */
  readonly where?: string;
  readonly cause?: unknown;
}

/**
 * An error that is meant for the user. `message` says what happened and to what, never with payload bytes in it.
 * Anything thrown that is not a `DvrError` is a defect of ours and is shown as such.
 */
export class DvrError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly where: string | undefined;

  constructor(code: ErrorCode, message: string, details: DvrErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'DvrError';
    this.code = code;
    this.hint = details.hint;
    this.where = details.where;
  }

  get exitCode(): ExitCode {
    return errorKinds[this.code].exit;
  }

  get retryable(): boolean {
    return errorKinds[this.code].retryable;
  }
}

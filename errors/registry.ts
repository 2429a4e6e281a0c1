/** Exit codes of every program of the house. They are part of the command line's contract. */
export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  expectationNotMet: 3,
  notAllowed: 4,
  outOfReach: 5,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

interface ErrorKind {
  readonly exit: ExitCode;
  /** Whether the same call may succeed later with nothing changed by the user. */
  readonly retryable: boolean;
}

/**
 * Every error that a user can meet, by its stable code. A code is never reused for another meaning;
 * adding an error touches this table and the place that throws it.
 */
export const errorKinds = {
  usage: { exit: exitCodes.usage, retryable: false },
  'config-invalid': { exit: exitCodes.usage, retryable: false },
  'certificate-invalid': { exit: exitCodes.usage, retryable: false },
  'key-invalid': { exit: exitCodes.usage, retryable: false },
  'url-invalid': { exit: exitCodes.usage, retryable: false },
  'tape-not-found': { exit: exitCodes.usage, retryable: false },
  'tape-ambiguous': { exit: exitCodes.usage, retryable: false },
  'tape-damaged': { exit: exitCodes.usage, retryable: false },
  'tape-foreign': { exit: exitCodes.usage, retryable: false },
  'tape-too-new': { exit: exitCodes.usage, retryable: false },
  'tape-too-large': { exit: exitCodes.usage, retryable: false },
  'sealed-unreadable': { exit: exitCodes.failed, retryable: false },
  'batch-damaged': { exit: exitCodes.failed, retryable: false },
  'expectation-not-met': { exit: exitCodes.expectationNotMet, retryable: false },
  'not-allowed': { exit: exitCodes.notAllowed, retryable: false },
  'ledger-out-of-reach': { exit: exitCodes.outOfReach, retryable: true },
  'vault-out-of-reach': { exit: exitCodes.outOfReach, retryable: true },
  'target-out-of-reach': { exit: exitCodes.outOfReach, retryable: true },
  'payload-unsent': { exit: exitCodes.failed, retryable: false },
  'listen-failed': { exit: exitCodes.failed, retryable: false },
  'service-not-ready': { exit: exitCodes.failed, retryable: false },
  'lease-lost': { exit: exitCodes.failed, retryable: true },
  'output-failed': { exit: exitCodes.failed, retryable: false },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof errorKinds;

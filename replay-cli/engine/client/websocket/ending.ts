import type { ReplayTime } from '../../port.ts';

/** How much longer than recorded the end of a conversation is waited for, milliseconds. */
export const endPatienceMs = 1_000;
/** The same where the service has sent fewer messages than on the tape. */
export const missingPatienceMs = 5_000;

export interface EndingOptions {
  /** Recorded milliseconds from the client's last frame to the end, at the replay's speed. */
  readonly gapMs: number;
  /** Messages that the recorded service sent. */
  readonly answers: number;
  /** Whether a person waits: then nothing ends while the service may stand in a debugger. */
  readonly person: boolean;
}

/**
 * When a client whose frames are all sent closes the connection, since the service does not: once the recorded time is
 * over and no more messages are to be expected. Undefined while it waits for the service without a limit.
 */
export function closesAt(
  options: EndingOptions,
  sentAt: ReplayTime,
  came: { readonly messages: number; readonly lastAt: ReplayTime },
): ReplayTime | undefined {
  const missing = came.messages < options.answers;
  if (missing && options.person && came.lastAt <= sentAt) return undefined;
  return Math.max(sentAt + options.gapMs, came.lastAt) + (missing ? missingPatienceMs : endPatienceMs);
}

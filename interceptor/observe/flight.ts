import type { ProcessTime } from '../../ledger/segment.ts';

/** A request whose response is not whole, as triggers and counters look at it. */
export interface Flight {
  /** Its number on the connection; the stream in HTTP/2. */
  readonly message: number;
  /** When its first byte came. */
  readonly startedAt: ProcessTime;
  /** The ignore rules leave it out. */
  readonly ignored: boolean;
  /** A trigger found it late. */
  timedOut: boolean;
  /** The value of the session key that it brought. */
  readonly session: string | undefined;
  /** Method and target, as far as they are kept. */
  readonly startLine: { readonly method: string; readonly target: string };
}

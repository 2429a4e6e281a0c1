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
  /** The value of the session key: what the request brought, else what its response gives. */
  readonly session: string | undefined;
  /** Its service, where it is not that of all exchanges on its connection. */
  readonly service?: string | undefined;
  /** As far as it is kept. */
  readonly startLine: StartLine;
}

export interface StartLine {
  readonly method: string;
  readonly target: string;
  /** It is a call (gRPC and its kin): its path names a method, and holds no ids. */
  readonly isCall?: boolean;
}

import type { Exchange } from './exchange.ts';

/** What the index tells of an exchange without decoding its record: enough for a list, a timeline and a schedule. */
export interface ExchangeSummary
  extends Pick<
    Exchange,
    'id' | 'service' | 'direction' | 'protocol' | 'connection' | 'message' | 'session' | 'failure' | 'times'
  > {
  readonly method: string;
  /** The request target; its first 1,024 characters where `targetCut`. */
  readonly target: string;
  readonly targetCut: boolean;
  /** See `RequestHead.partial`. */
  readonly partial: boolean;
  /** Absent where no response head came. */
  readonly status?: number;
  /** Bytes of the bodies on the tape, and whether more had passed. */
  readonly requestBytes: number;
  readonly responseBytes: number;
  readonly requestTruncated: boolean;
  readonly responseTruncated: boolean;
  /** A trigger fired on it. */
  readonly triggered: boolean;
  readonly hasGaps: boolean;
}

import type { Batch } from '../../ledger/segment.ts';
import type { ExchangeWithBodies } from '../../tape/exchange.ts';
import type { Gap, GapCause } from '../../tape/gap.ts';

export interface DecoderSettings {
  /** Wall clock of tape time 0, milliseconds since the epoch. */
  readonly startWallMs: number;
  /** Bytes kept of one body; the rest is counted as lost. */
  readonly bodyLimit: number;
  readonly sessionKey?: { readonly header: string } | { readonly cookie: string };
}

/** An exchange as it was on the wire, with where it came from. Its session is raw, its id and instance not yet given. */
export interface DecodedExchange extends ExchangeWithBodies {
  readonly origin: {
    readonly instance: string;
    /** The interceptor's number. On the tape it may have another, since a restarted interceptor begins again. */
    readonly connection: number;
  };
}

/**
 * Makes exchanges of batches. It begins in each direction of each connection at a mark and nowhere else. Process times
 * become tape times by the clock of the first batch of each instance, so that a step of the wall clock moves nothing.
 */
export interface Decoder {
  /** The next batch of its instance. */
  push(batch: Batch): void;
  /**
   * Batches of this instance are missing here. Directions whose bytes go on behind the hole where they stopped before it
   * are untouched; all others wait for a mark. Before the first batch of an instance: why its beginning is missing, if
   * not for the window's edge. Without a cause: the ledger did not take them in time.
   */
  hole(instance: string, cause?: GapCause): void;
  /**
   * The exchanges that have ended since the last call, each as soon as a record of another connection or a later segment
   * of its own shows that no trigger record follows.
   */
  take(): DecodedExchange[];
  /** How many exchanges began before this moment of the wall clock (milliseconds) and have not ended. */
  inFlight(beforeWallMs: number): number;
  /** Ends decoding: the exchanges that have not ended, as they are, with `in_flight` or `gap` as their failure. */
  end(): DecodedExchange[];
  /** What was lost outside of any exchange. */
  readonly gaps: readonly Gap[];
}

import type { TunnelConfig } from '../tunnel/config.ts';

/** A batch reaches the ledger at most about so long after what it holds, milliseconds. */
const appendLagMs = 350;

/** What a commit is to keep, on the ledger's clock, milliseconds. */
export interface AskedWindow {
  readonly from: number;
  /** The end: the request and the tail. Exchanges that begin later are no part of it. */
  readonly to: number;
  /** Until when the batches of the window itself have come. */
  readonly readFrom: number;
  /** Until when exchanges in flight are awaited. */
  readonly readUntil: number;
}

/** The window of a commit whose oldest request the ledger took at `takenAt`. */
export function askedWindow({ capture, commit }: TunnelConfig, takenAt: number): AskedWindow {
  const to = takenAt + commit.tailMs;
  return {
    from: takenAt - capture.maxSessionDurationMs,
    to,
    readFrom: to + appendLagMs,
    readUntil: to + appendLagMs + commit.inFlightMs,
  };
}

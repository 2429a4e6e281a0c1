import type { TunnelConfig } from '../tunnel/config.ts';

/** How long after window and tail a batch stays, so that a committer has time to claim it, milliseconds. */
const graceMs = 120_000;

/** How long commit requests wait for a committer at most, milliseconds. */
export const requestRetentionMs = 24 * 3_600_000;

/** How often an interceptor enters itself in the registry of pods, milliseconds. It must be well under the grace. */
export const registerEveryMs = 30_000;

/** An interceptor that was not heard of for so long runs no more, or is cut off from the ledger, milliseconds. */
export const silentAfterMs = 1.5 * registerEveryMs;

/** How long the ledger keeps a tunnel's batches, milliseconds: window, tail and grace. */
export function retentionMs(config: TunnelConfig): number {
  return config.capture.maxSessionDurationMs + config.commit.tailMs + config.commit.inFlightMs + graceMs;
}

/** How long a hold copy lives, milliseconds: for so long a vault may be out of reach before a window is lost. */
export const holdMs = 3_600_000;

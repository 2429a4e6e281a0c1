import type { MessagePort } from 'node:worker_threads';
import type { VaultEndpoint } from '../program/endpoint.ts';
import type { TunnelConfig } from '../tunnel/config.ts';

/** What the committer's thread is given. */
export interface EmbeddedInput {
  readonly tunnel: TunnelConfig;
  readonly vault: VaultEndpoint;
  readonly privatePem: string;
  /** The other end of `serveReader`. */
  readonly ledger: MessagePort;
}

/** What the committer's thread tells. Texts are of faults, in words that are safe to show. */
export type EmbeddedEvent =
  | {
      readonly kind: 'committed';
      readonly id: string;
      readonly exchanges: number;
      readonly gaps: number;
      readonly requests: number;
      readonly lagMs: number;
    }
  | { readonly kind: 'failed'; readonly text: string; readonly code: string; readonly hint?: string }
  /** The window is lost: no tape was made. */
  | { readonly kind: 'gave_up'; readonly requests: number };

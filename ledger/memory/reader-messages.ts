import type { SeenOwner, StreamOwner } from '../names.ts';
import type { BatchEntry, CommitRequestEntry } from '../port.ts';

/** What a reader in another thread asks for, one at a time in a claim. */
export type ReaderCall =
  | { readonly method: 'claim' }
  | { readonly method: 'now' }
  | { readonly method: 'owners'; readonly windowMs: number }
  | { readonly method: 'hold'; readonly owner: StreamOwner; readonly tapeId: string }
  | {
      readonly method: 'read';
      readonly owner: StreamOwner;
      readonly tapeId: string;
      readonly fromMs: number;
      readonly toMs: number;
    }
  /** More of what the last `read` found. */
  | { readonly method: 'more' }
  | { readonly method: 'joined'; readonly tailMs: number }
  | { readonly method: 'queued'; readonly tailMs: number; readonly after?: string }
  | {
      readonly method: 'reserve';
      readonly owner: StreamOwner;
      readonly fromMs: number;
      readonly limitBytes: number;
    }
  | { readonly method: 'release'; readonly owner: StreamOwner }
  | { readonly method: 'acknowledge'; readonly requests: readonly CommitRequestEntry[] }
  | { readonly method: 'excuse' }
  | { readonly method: 'dispose' };

export type ReaderRequest = ReaderCall & { readonly call: number };

/** Gives up a `claim` that waits. */
export interface ReaderAbort {
  readonly abort: number;
}

export interface ClaimMessage {
  readonly fence: number;
  readonly attempt: number;
  readonly ledgerKey: string;
  readonly oldest: CommitRequestEntry;
}

/** What an answer may bring; the method decides which of it means something. */
export interface ReaderAnswer {
  /** Of `claim`; absent where it was given up. */
  readonly claim?: ClaimMessage;
  /** Of `now`. */
  readonly now: number;
  /** Of `owners`. */
  readonly owners: readonly SeenOwner[];
  /** Of `read` and `more`: a piece of at most about 1 MiB; an empty one is the end. */
  readonly batches: readonly BatchEntry[];
  /** Of `joined` and `queued`. */
  readonly requests: readonly CommitRequestEntry[];
  /** Of `reserve`: whether there was room. */
  readonly hadRoom: boolean;
}

export const emptyAnswer: ReaderAnswer = { now: 0, owners: [], batches: [], requests: [], hadRoom: true };

export type ReaderResponse =
  | { readonly call: number; readonly answer: ReaderAnswer }
  | { readonly call: number; readonly failed: string };

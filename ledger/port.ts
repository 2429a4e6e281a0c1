import type { SealedBatch } from '../sealing/index.ts';
import type { SeenOwner, StreamOwner } from './names.ts';

/** What an interceptor sees of the ledger: it can append and nothing else. No call throws for a ledger out of reach. */
export interface LedgerAppender {
  /** The stream's name, bound into every seal. */
  readonly stream: string;
  /**
   * Hands over one sealed batch. It is sent, or dropped and counted where the ledger lags by more than its bound of
   * bytes; never waited for. The appender owns the parts from here on. `tells` bytes of earlier losses stand in it:
   * where it is dropped itself, they are untold again.
   */
  append(batch: SealedBatch, tells?: number): void;
  /** Publishes a sealed commit request; tries again, in order, until the ledger took it or the appender is closed. */
  requestCommit(sealed: Buffer): void;
  readonly counters: AppenderCounters;
  /** Waits until all that was appended is taken, at most `deadlineMs`. */
  flush(deadlineMs: number): Promise<void>;
  close(): Promise<void>;
}

export interface AppenderCounters {
  readonly reachable: boolean;
  readonly pendingBytes: number;
  /** Milliseconds from handing over a batch to the ledger's answer, of the last one. */
  readonly lagMs: number;
  readonly appendedBatches: number;
  readonly appendedBytes: number;
  readonly droppedBatches: number;
  readonly droppedBytes: number;
  /** Dropped bytes that stand in no batch that the ledger took or may still take. */
  readonly untoldBytes: number;
  /** Commit requests that the ledger took, and those that wait for it. */
  readonly commitsRequested: number;
  readonly commitsPending: number;
  /** Commit requests beyond the bound of those that may wait. */
  readonly commitsDropped: number;
  /** The ledger's clock less ours, milliseconds, from the last answer. */
  readonly clockOffsetMs: number;
  /** What the ledger answered or the socket said when it last failed; cleared when it works again. */
  readonly problem: string | undefined;
}

/** A commit request as the ledger keeps it. */
export interface CommitRequestEntry {
  readonly entryId: string;
  /** When the ledger took it, on the ledger's clock, milliseconds. */
  readonly takenAt: number;
  readonly sealed: Uint8Array;
}

/** A sealed batch as the ledger keeps it. */
export interface BatchEntry {
  readonly entryId: string;
  readonly takenAt: number;
  readonly sealed: Uint8Array;
  /**
   * Up to when the ledger had trimmed the stream as this batch came, in its own milliseconds: what it took at this
   * moment or before may be gone.
   */
  readonly trimmedTo: number;
  /** The stream was trimmed past the entry before this one ere the hold copy took this one over: some may lack here. */
  readonly behindCut?: true;
}

/**
 * Decides what becomes of commit requests, for one who can open some: `claim` what can be read, `leave` what another may
 * read, `drop` what nobody can.
 */
export interface RequestJudge {
  /** `nowMs` is the ledger's clock. */
  verdict(request: CommitRequestEntry, nowMs: number): 'claim' | 'leave' | 'drop';
  /** A request was acknowledged unread, with no tape. */
  dropped(request: CommitRequestEntry): void;
}

/** What a committer sees of the ledger of one tunnel. */
export interface LedgerReader {
  /**
   * Waits until there is an unacknowledged commit request that the judge claims, and this committer holds the tunnel's
   * lease; then claims the oldest. What the judge drops before it is acknowledged at once, each by itself. `undefined`
   * once `signal` is aborted.
   */
  claim(signal: AbortSignal): Promise<Claim | undefined>;
  close(): Promise<void>;
}

/** The right to make one tape. Disposing it gives the lease back; what was not acknowledged is claimed again. */
export interface Claim extends AsyncDisposable {
  /** Grows with every lease of the tunnel. */
  readonly fence: number;
  /** How many times the oldest request was claimed, this time included. */
  readonly attempt: number;
  /** The ledger key and entry id of the oldest request, from which the tape's id is derived. */
  readonly ledgerKey: string;
  readonly oldest: CommitRequestEntry;
  /** Aborted when the lease is lost; all work must stop then. */
  readonly lost: AbortSignal;
  /** The ledger's clock now, milliseconds. */
  now(): Promise<number>;
  /** The interceptors that wrote in the last `windowMs`. */
  owners(windowMs: number): Promise<readonly SeenOwner[]>;
  /**
   * Copies a stream, and what is reserved of it, so that trimming cannot reach the window; the copy expires by itself.
   * Repeating it adds what was appended since and does not put off the expiry.
   */
  hold(owner: StreamOwner, tapeId: string): Promise<void>;
  /** The batches of the hold copy, oldest first, each once, from the ledger's time `fromMs` to `toMs`. */
  read(owner: StreamOwner, tapeId: string, fromMs: number, toMs: number): AsyncIterable<BatchEntry>;
  /**
   * Unacknowledged requests that this claim does not join and the judge claims, oldest first: a page of them, behind the
   * one of the entry id `after`.
   */
  queued(tailMs: number, after?: string): Promise<readonly CommitRequestEntry[]>;
  /**
   * Reserves a stream's batches from `fromMs` on for queued requests: keeps them in a copy with which their hold copies
   * will begin, adding what was appended since, up to `limitBytes` in all. The reserve outlives the claim; it expires
   * by itself. Answers whether there was room.
   */
  reserve(owner: StreamOwner, fromMs: number, limitBytes: number): Promise<boolean>;
  /** Drops what is reserved of a stream. */
  release(owner: StreamOwner): Promise<void>;
  /** Takes back that this claim counts: what failed was no fault of its window. */
  excuse(): Promise<void>;
  /**
   * All unacknowledged requests from the oldest on whose entry is at most `tailMs` younger, but for those that the judge
   * leaves.
   */
  joined(tailMs: number): Promise<readonly CommitRequestEntry[]>;
  /** Acknowledges the requests and drops this claim's hold copies. Only while the lease is held: throws `lease-lost`. */
  acknowledge(requests: readonly CommitRequestEntry[]): Promise<void>;
}

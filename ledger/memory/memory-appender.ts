import type { SealedBatch } from '../../sealing/index.ts';
import type { AppenderCounters, LedgerAppender } from '../port.ts';

/** What a `MemoryAppender` hands on to. */
export interface MemoryIntake {
  take(batch: SealedBatch): void;
  request(sealed: Buffer): void;
}

/** Appends to the memory of this thread: it is never out of reach, never lags and drops nothing. */
export class MemoryAppender implements LedgerAppender {
  readonly stream: string;
  readonly #intake: MemoryIntake;
  #appendedBatches = 0;
  #appendedBytes = 0;
  #commitsRequested = 0;

  constructor(stream: string, intake: MemoryIntake) {
    this.stream = stream;
    this.#intake = intake;
  }

  append(batch: SealedBatch): void {
    this.#intake.take(batch);
    this.#appendedBatches++;
    this.#appendedBytes += batch.bytes;
  }

  requestCommit(sealed: Buffer): void {
    this.#intake.request(sealed);
    this.#commitsRequested++;
  }

  get counters(): AppenderCounters {
    return {
      reachable: true,
      pendingBytes: 0,
      lagMs: 0,
      appendedBatches: this.#appendedBatches,
      appendedBytes: this.#appendedBytes,
      droppedBatches: 0,
      droppedBytes: 0,
      untoldBytes: 0,
      commitsRequested: this.#commitsRequested,
      commitsPending: 0,
      commitsDropped: 0,
      clockOffsetMs: 0,
      problem: undefined,
    };
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {}
}

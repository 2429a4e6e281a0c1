import { discardBatch, type SealedBatch } from '../../sealing/index.ts';

/** A batch on its way to Redis. Its memory is given back once Redis has answered it and no socket reads it any more. */
export class PendingBatch {
  readonly batch: SealedBatch;
  /** Bytes of earlier losses that stand in it. */
  readonly tells: number;
  /** `performance.now()` when it was handed over. */
  readonly since = performance.now();
  /** Writes under way: more than one where a connection was lost. */
  #writing = 0;
  #answered = false;

  constructor(batch: SealedBatch, tells: number) {
    this.batch = batch;
    this.tells = tells;
  }

  /** A write of it begins; what is returned is to be called when that is over. */
  write(): () => void {
    this.#writing++;
    return () => {
      this.#writing--;
      this.#discardIfOver();
    };
  }

  /** Redis has it or refused it, or is not asked. An answer may come before all is written: not from a sane Redis. */
  answer(): void {
    this.#answered = true;
    this.#discardIfOver();
  }

  #discardIfOver(): void {
    if (this.#answered && this.#writing === 0) discardBatch(this.batch);
  }
}

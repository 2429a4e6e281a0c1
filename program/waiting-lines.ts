import { write } from 'node:fs';

/** UTF-16 units of lines that wait while nobody reads; what comes on top is dropped rather than kept. */
const waitingLimit = 1024 * 1024;
/** A pipe that is full, and does not block, is tried again after so long. */
const retryMs = 100;

/**
 * Lines on their way to a file descriptor, in order, written off the main thread. A process that ends by itself ends
 * behind them.
 */
export class WaitingLines {
  readonly #descriptor: number;
  readonly #tellDropped: (lines: number) => string;
  readonly #limit: number;
  #waiting = '';
  #dropped = 0;
  #writing = false;

  /** `tellDropped` makes the line that says how many were dropped, written once there is room again. */
  constructor(descriptor: number, tellDropped: (lines: number) => string, limit = waitingLimit) {
    this.#descriptor = descriptor;
    this.#tellDropped = tellDropped;
    this.#limit = limit;
  }

  add(line: string): void {
    if (this.#waiting.length + line.length > this.#limit) this.#dropped++;
    else this.#waiting += line;
    if (!this.#writing) this.#writeWaiting();
  }

  #writeWaiting(): void {
    let text = this.#waiting;
    this.#waiting = '';
    if (this.#dropped > 0) text += this.#tellDropped(this.#dropped);
    this.#dropped = 0;
    this.#writing = text !== '';
    if (this.#writing) this.#write(Buffer.from(text));
  }

  #write(bytes: Buffer): void {
    write(this.#descriptor, bytes, (error, written) => {
      if (error?.code === 'EAGAIN') setTimeout(() => this.#write(bytes), retryMs);
      // With the reader gone there is nobody left to tell.
      else if (error !== null || written === bytes.length) this.#writeWaiting();
      else this.#write(bytes.subarray(written));
    });
  }
}

import { longestState, stateHead } from '../../ledger/batch/layout.ts';
import type { Batches } from './batches.ts';
import { processTime } from './clock.ts';
import type { StatefulObserver } from './protocol.ts';

/** A connection with traffic gets a state in a new batch at least so often, nanoseconds. */
const everyNs = 1e9;

/**
 * Bytes that have to be sent for each byte of a large state. One of HTTP/2 holds two tables of 4 KiB each where its
 * peers fill them; without a share, states took as many bytes and as much time as the traffic (2026-11-21, h2load).
 */
const share = 64;
/** A state up to this size need cost no less than what was sent. */
const smallState = 256;

/**
 * Writes where both senders of one connection stand before its first segment of a batch, so that a batch opens by
 * itself. It is left out while too little was sent since the last one, but for `everyNs`, and behind batches that were
 * lost.
 */
export class States {
  readonly #connection: number;
  readonly #observer: StatefulObserver;
  readonly #batches: Batches;
  /** The batch in which one stands, or was not worth it. */
  #batch = 0;
  #writtenAt = Number.NEGATIVE_INFINITY;
  #size = 0;
  #sentSince = 0;
  #losses = 0;

  constructor(connection: number, observer: StatefulObserver, batches: Batches) {
    this.#connection = connection;
    this.#observer = observer;
    this.#batches = batches;
    // A decoder begins here without: both senders are at their beginning, or at the exchange that led here.
    this.#batch = batches.number;
  }

  /** A segment of `length` bytes is about to be recorded. */
  before(length: number): void {
    this.#sentSince += length;
    if (this.#batches.numberFor(length) === this.#batch) return;
    const now = processTime();
    const enough = this.#size * (this.#size > smallState ? share : 1);
    const { losses } = this.#batches;
    if (losses > this.#losses || this.#sentSince >= enough || now - this.#writtenAt >= everyNs)
      this.#write(length, now);
    this.#batch = this.#batches.number;
  }

  /** What does not fit is left out: a decoder then waits for the next one. */
  #write(length: number, now: number): void {
    const bytes = this.#observer.state();
    this.#size = bytes.length;
    this.#sentSince = length;
    this.#writtenAt = now;
    this.#losses = this.#batches.losses;
    if (bytes.length > longestState) return;
    this.#batches.numberFor(stateHead + bytes.length + length);
    this.#batches.state(this.#connection, now, this.#observer.protocol, bytes);
  }
}

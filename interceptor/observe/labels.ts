import type { Batches } from './batches.ts';
import { processTime } from './clock.ts';

/**
 * Says in the ledger of which service the exchanges of one connection are: where it changes, and again in each batch
 * that has something of the connection, so that a window may begin anywhere.
 */
export class Labels {
  readonly #connection: number;
  readonly #batches: Batches;
  #message: number;
  #service: string;
  /** The batch in which it was said; they are numbered from 1. */
  #batch = 0;

  /** Exchanges from `message` on are of `service`. */
  constructor(connection: number, batches: Batches, message: number, service: string) {
    this.#connection = connection;
    this.#batches = batches;
    this.#message = message;
    this.#service = service;
  }

  /** Another begins; whether it has to be said. */
  begin(message: number, service: string): boolean {
    if (service === this.#service) return false;
    this.#message = message;
    this.#service = service;
    return true;
  }

  /** A segment of `length` bytes is about to be recorded. */
  before(length: number): void {
    if (this.#batches.numberFor(length) !== this.#batch) this.say(this.#message, this.#service);
  }

  say(message: number, service: string): void {
    this.#batches.routed(this.#connection, processTime(), message, service);
    this.#batch = this.#batches.number;
  }
}

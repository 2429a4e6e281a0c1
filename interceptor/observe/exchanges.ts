import type { Http1Head, OpaqueCause } from '../../wire/http1/events.ts';
import type { Trigger } from '../triggers/index.ts';
import type { Flight, Flights } from './flights.ts';

/** The exchanges of one connection, as what is found in either sender's bytes changes them. */
export interface Exchanges {
  readonly flights: Flights;
  /** A request's head is whole. */
  asked(head: Http1Head): Flight;
  /** The first request has its whole response. */
  answered(): void;
  /** The client's bytes are no requests any more. Those before still get their responses looked at. */
  requestsOpaque(cause: OpaqueCause): void;
  /** Neither sender's bytes are looked at any more. */
  turnOpaque(cause: OpaqueCause): void;
  /** A trigger fires on a request that waits, by way of its response's head where there is one. */
  fire(flight: Flight, trigger: Trigger, outcome: string, detail: string, head?: Http1Head): void;
}

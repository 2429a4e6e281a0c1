import type { CallEnd } from '../../../wire/grpc/call-end.ts';
import type { Http1Head, OpaqueCause } from '../../../wire/http1/events.ts';
import type { Http1Flight, Http1Flights } from './flights.ts';

/** The status of a response that hands the connection to another protocol (RFC 9110 section 15.2.2). */
export const switchingProtocols = 101;

/** The exchanges of one connection, as what is found in either sender's bytes changes them. */
export interface Exchanges {
  readonly flights: Http1Flights;
  /** A request's head is whole. */
  asked(head: Http1Head): Http1Flight;
  /** The first request has the head of its final response. Answers who is to be given its body, if anyone. */
  headed(head: Http1Head): CallEnd | undefined;
  /** The first request has its whole response; `call` was given its body. */
  answered(call: CallEnd | undefined): void;
  /** The client's bytes are no requests any more. Those before still get their responses looked at. */
  requestsOpaque(cause: OpaqueCause): void;
  /** From `at` on the service's bytes are no responses any more. */
  responsesOpaque(at: number, cause: OpaqueCause): void;
  /** Neither sender's bytes are looked at any more. */
  turnOpaque(cause: OpaqueCause): void;
}

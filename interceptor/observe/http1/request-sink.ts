import type { Http1Head, Http1Sink, OpaqueCause } from '../../../wire/http1/events.ts';
import type { Observation } from '../observation.ts';
import type { Recording } from '../recording.ts';
import type { Exchanges } from './exchanges.ts';
import { mostFlights } from './flights.ts';
import { requestFacts } from './head-facts.ts';

/** Takes what the scanner finds in the client's bytes. */
export class RequestSink implements Http1Sink {
  readonly #exchanges: Exchanges;
  readonly #recording: Recording;
  readonly #observation: Observation;
  #beganAt = 0;

  constructor(exchanges: Exchanges, recording: Recording, observation: Observation) {
    this.#exchanges = exchanges;
    this.#recording = recording;
    this.#observation = observation;
  }

  onMessageBegin(message: number, at: number): void {
    this.#beganAt = this.#recording.absolute(at);
    this.#recording.begin(message, at);
  }

  onHead(head: Http1Head): void {
    if (this.#exchanges.flights.count >= mostFlights) {
      this.#exchanges.turnOpaque('limit');
      this.#recording.stop(head.next);
      return;
    }
    const flight = this.#exchanges.asked(head);
    const { isIgnored, session, bodyLimit } = this.#observation;
    if (isIgnored?.(requestFacts(head))) {
      flight.ignored = true;
      this.#recording.limit(head.message, this.#beganAt, 'ignored');
      return;
    }
    if (session !== undefined) flight.session = session.ofRequest(requestFacts(head));
    if (head.framing !== 'none') {
      const { bytes, cause } = bodyLimit;
      this.#recording.limit(head.message, this.#recording.absolute(head.next) + bytes, cause);
    }
  }

  onMessageEnd(_message: number, at: number): void {
    this.#recording.end(at);
  }

  onOpaque(at: number, cause: OpaqueCause): void {
    this.#recording.stop(at);
    this.#exchanges.requestsOpaque(cause);
  }
}

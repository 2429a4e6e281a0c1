import type { Http1Head, Http1Sink, OpaqueCause } from '../../../wire/http1/events.ts';
import type { Observation } from '../observation.ts';
import type { Recording } from '../recording.ts';
import { type Exchanges, switchingProtocols } from './exchanges.ts';

/** Takes what the scanner finds in the service's bytes. */
export class ResponseSink implements Http1Sink {
  readonly #exchanges: Exchanges;
  readonly #recording: Recording;
  readonly #observation: Observation;

  constructor(exchanges: Exchanges, recording: Recording, observation: Observation) {
    this.#exchanges = exchanges;
    this.#recording = recording;
    this.#observation = observation;
  }

  onMessageBegin(message: number, at: number): void {
    this.#recording.begin(message, at);
    if (this.#exchanges.flights.first?.ignored === true) {
      this.#recording.limit(message, this.#recording.absolute(at), 'ignored');
    }
  }

  onHead(head: Http1Head): void {
    const ignored = this.#exchanges.flights.first?.ignored === true;
    if (head.interim || (ignored && head.status !== switchingProtocols)) return;
    this.#exchanges.headed(head);
    if (ignored) return;
    if (head.framing !== 'none') {
      const { bytes, cause } = this.#observation.bodyLimit;
      this.#recording.limit(head.message, this.#recording.absolute(head.next) + bytes, cause);
    }
  }

  onMessageEnd(_message: number, at: number): void {
    this.#recording.end(at);
    this.#exchanges.answered();
  }

  onOpaque(at: number, cause: OpaqueCause): void {
    this.#exchanges.responsesOpaque(at, cause);
  }
}

import type { CallEnd } from '../../../wire/grpc/call-end.ts';
import type { Http1Head, Http1Sink, OpaqueCause } from '../../../wire/http1/events.ts';
import type { Observation } from '../observation.ts';
import type { Recording } from '../recording.ts';
import { type Exchanges, switchingProtocols } from './exchanges.ts';

/** Takes what the scanner finds in the service's bytes. */
export class ResponseSink implements Http1Sink {
  readonly #exchanges: Exchanges;
  readonly #recording: Recording;
  readonly #observation: Observation;
  /** There only while a body is to be looked at: the scanner asks for it at each piece of any body. */
  onBody: Http1Sink['onBody'] = undefined;
  #call: CallEnd | undefined;

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
    this.#follow(this.#exchanges.headed(head));
    if (ignored) return;
    if (head.framing !== 'none') {
      const { bytes, cause } = this.#observation.bodyLimit;
      this.#recording.limit(head.message, this.#recording.absolute(head.next) + bytes, cause);
    }
  }

  onMessageEnd(_message: number, at: number): void {
    this.#recording.end(at);
    const call = this.#call;
    this.#follow(undefined);
    this.#exchanges.answered(call);
  }

  onOpaque(at: number, cause: OpaqueCause): void {
    this.#exchanges.responsesOpaque(at, cause);
  }

  #follow(call: CallEnd | undefined): void {
    if (call === this.#call) return;
    this.#call = call;
    this.onBody = call && ((chunk, start, end) => call.push(chunk, start, end));
  }
}

import type { Ending, Sender } from '../../../ledger/segment.ts';
import type { CallEnd } from '../../../wire/grpc/call-end.ts';
import type { Http1Head, OpaqueCause } from '../../../wire/http1/events.ts';
import { Http1Scanner } from '../../../wire/http1/scanner.ts';
import { callEndOf, connectVersion } from '../call-end.ts';
import type { ObserverHost, ProtocolObserver } from '../protocol.ts';
import { type Exchanges, switchingProtocols } from './exchanges.ts';
import { type Http1Flight, Http1Flights } from './flights.ts';
import { requestFacts, responseFacts } from './head-facts.ts';
import { mayEndInBody } from './may-end-in-body.ts';
import { RequestSink } from './request-sink.ts';
import { ResponseSink } from './response-sink.ts';

/**
 * Looks at a connection of HTTP/1: finds the messages of both senders and pairs them. Once a sender speaks something
 * else the connection is opaque, as soon as the requests before that have their responses; or another observer's, where
 * a response switched to a protocol that has one.
 */
export class Http1Observer implements ProtocolObserver, Exchanges {
  readonly flights = new Http1Flights();
  readonly #host: ObserverHost;
  readonly #requests: Http1Scanner;
  readonly #responses: Http1Scanner;
  #requestCause: OpaqueCause = 'malformed';
  /** Who goes on with the connection, from where on in the service's segment: -1 while that is not reached. */
  #next: ProtocolObserver | undefined;
  #nextAt = -1;

  constructor(host: ObserverHost) {
    const { client, service, observation } = host;
    this.#host = host;
    this.#requests = new Http1Scanner('request', new RequestSink(this, client, observation));
    this.#responses = new Http1Scanner('response', new ResponseSink(this, service, observation));
  }

  push(sender: Sender, bytes: Uint8Array, start: number, end: number): void {
    if (sender === 'client') {
      this.#requests.push(bytes, start, end);
      return;
    }
    this.#responses.push(bytes, start, end);
    if (this.#nextAt >= 0) this.#handOver(bytes, end);
  }

  end(sender: Sender, how: Ending): void {
    if (sender === 'client') this.#requests.finish();
    else if (how === 'fin') this.#responses.finish();
  }

  abandon(): void {
    this.#requests.abandon();
    this.#responses.abandon();
  }

  get waiting(): Iterable<Http1Flight> {
    return this.flights;
  }

  get idle(): boolean {
    return this.flights.count === 0 && !this.#requests.inMessage && !this.#responses.inMessage;
  }

  asked(head: Http1Head): Http1Flight {
    this.#responses.expect(head.method);
    const flight = this.flights.add(head, this.#host.client.time);
    const { routing } = this.#host.observation;
    if (routing !== undefined) {
      flight.service = routing.serviceOf(requestFacts(head));
      this.#host.routed(head.message, flight.service);
    }
    return flight;
  }

  headed(head: Http1Head): CallEnd | undefined {
    const { observation, firings } = this.#host;
    const flight = this.flights.first;
    if (flight === undefined) return undefined;
    if (head.status === switchingProtocols) this.#next = this.#upgraded(flight, head);
    if (flight.ignored) return undefined;
    const { session } = observation;
    if (session !== undefined) flight.session ??= session.ofResponse(responseFacts(head));
    const failed = observation.routing?.exceptionIn(responseFacts(head));
    if (failed !== undefined) firings.onException(flight, failed);
    if (observation.firesOn[head.status] === 1) firings.onStatus(flight, head.status);
    else if (observation.watchesCalls && mayEndInBody(head)) {
      const namesVersion = (): boolean => flight.facts?.field(connectVersion) !== undefined;
      return callEndOf(head.status, responseFacts(head), namesVersion);
    }
    return undefined;
  }

  answered(call: CallEnd | undefined): void {
    if (this.#next !== undefined) return;
    const flight = this.flights.first;
    if (flight !== undefined) {
      const code = call?.outcome?.code;
      if (code !== undefined) this.#host.firings.onGrpcStatus(flight, code);
      this.#host.observation.landed(flight);
    }
    this.flights.land();
    if (this.#requests.opaque && this.flights.count === 0) this.turnOpaque(this.#requestCause);
  }

  requestsOpaque(cause: OpaqueCause): void {
    this.#requestCause = cause;
    if (this.flights.count === 0 || cause === 'limit') this.turnOpaque(cause);
  }

  responsesOpaque(at: number, cause: OpaqueCause): void {
    if (this.#next !== undefined) {
      this.#nextAt = at;
      return;
    }
    this.#host.service.stop(at);
    this.turnOpaque(cause);
  }

  turnOpaque(cause: OpaqueCause): void {
    this.#host.turnOpaque(cause);
  }

  /** Who takes the connection over: nobody where the client has sent more than what this answers. */
  #upgraded(flight: Http1Flight, head: Http1Head): ProtocolObserver | undefined {
    if (this.flights.count > 1 || this.#requests.inMessage || this.#requests.opaque) return undefined;
    const response = responseFacts(head);
    const token = response.field('upgrade')?.toLowerCase() ?? '';
    const make = this.#host.protocols.upgrades.get(token);
    return make?.(this.#host, { flight, request: flight.facts, response });
  }

  #handOver(bytes: Uint8Array, end: number): void {
    const next = this.#next;
    if (next === undefined) return;
    this.flights.leave();
    this.abandon();
    this.#host.become(next);
    if (this.#nextAt < end) next.push('service', bytes, this.#nextAt, end);
  }
}

import type { Ending, Sender } from '../../ledger/segment.ts';
import type { Http1Head, OpaqueCause } from '../../wire/http1/events.ts';
import { Http1Scanner } from '../../wire/http1/scanner.ts';
import type { Slab } from '../relay/slab.ts';
import type { ConnectionTap } from '../relay/tap.ts';
import type { Transit } from '../relay/transit.ts';
import type { ExceptionType, Trigger } from '../triggers/index.ts';
import type { Exchanges } from './exchanges.ts';
import { type Flight, Flights } from './flights.ts';
import type { Observation } from './observation.ts';
import { Recording } from './recording.ts';
import { RequestSink } from './request-sink.ts';
import { ResponseSink } from './response-sink.ts';

/**
 * Looks at one connection: finds the messages of both senders, records what the tunnel keeps, and asks the triggers.
 * Once a sender speaks something else than HTTP/1 the connection is opaque, as soon as the requests before that have
 * their responses.
 */
export class ObservedConnection implements ConnectionTap, Exchanges {
  readonly id: number;
  readonly flights = new Flights();
  readonly #observation: Observation;
  readonly #onClosed: (connection: ObservedConnection) => void;
  readonly #transit: Transit;
  readonly #client: Recording;
  readonly #service: Recording;
  readonly #requests: Http1Scanner;
  readonly #responses: Http1Scanner;
  /** Triggers that fired in the segment at hand; told behind it. */
  #fired: (() => void)[] = [];
  #clientGone = false;
  #opaque = false;
  #requestCause: OpaqueCause = 'malformed';

  constructor(
    id: number,
    client: string,
    observation: Observation,
    onClosed: (connection: ObservedConnection) => void,
  ) {
    this.id = id;
    this.#onClosed = onClosed;
    this.#observation = observation;
    this.#transit = observation.transit;
    const { batches, counters } = observation;
    this.#client = new Recording(id, 'client', batches, observation.transit, counters);
    this.#service = new Recording(id, 'service', batches, observation.transit, counters);
    this.#requests = new Http1Scanner('request', new RequestSink(this, this.#client, observation));
    this.#responses = new Http1Scanner('response', new ResponseSink(this, this.#service, observation));
    observation.opened(id, client);
  }

  reserve(sender: Sender, length: number): Slab {
    if (this.#opaque) return this.#transit.reserve();
    return (sender === 'client' ? this.#client : this.#service).reserve(length);
  }

  segment(sender: Sender, slab: Slab, source: Buffer, length: number): void {
    if (this.#opaque) {
      this.#observation.counters.opaqueBytes += length;
      return;
    }
    const recording = sender === 'client' ? this.#client : this.#service;
    try {
      recording.enter(slab.at);
      (sender === 'client' ? this.#requests : this.#responses).push(slab.bytes, slab.at, slab.at + length);
      recording.leave(slab, source, length);
    } catch (fault) {
      recording.withdraw(slab);
      throw fault;
    }
    if (this.#fired.length > 0) this.#tellFired();
    this.#observation.batches.handIfFull();
  }

  end(sender: Sender, how: Ending): void {
    if (!this.#opaque) {
      if (sender === 'client') {
        this.#clientGone = true;
        this.#client.finish(() => this.#requests.finish());
      } else {
        this.#service.finish(() => {
          if (how === 'fin') this.#responses.finish();
        });
        this.#serviceEnded(how);
      }
    }
    this.#observation.ended(this.id, sender, how);
    this.#tellFired();
  }

  close(): void {
    for (const flight of this.flights) this.#observation.landed(flight);
    this.#onClosed(this);
  }

  idle(): boolean {
    return (
      !this.#opaque && this.flights.count === 0 && !this.#requests.inMessage && !this.#responses.inMessage
    );
  }

  asked(head: Http1Head): Flight {
    this.#responses.expect(head.method);
    return this.flights.add(head, this.#client.time);
  }

  answered(): void {
    const flight = this.flights.first;
    if (flight !== undefined) this.#observation.landed(flight);
    this.flights.land();
    if (this.#requests.opaque && this.flights.count === 0) this.turnOpaque(this.#requestCause);
  }

  requestsOpaque(cause: OpaqueCause): void {
    this.#requestCause = cause;
    if (this.flights.count === 0 || cause === 'limit') this.turnOpaque(cause);
  }

  turnOpaque(cause: OpaqueCause | 'fault'): void {
    if (this.#opaque) return;
    this.#opaque = true;
    this.#requests.abandon();
    this.#responses.abandon();
    this.#fired.push(() => this.#observation.turnedOpaque(this.id, cause));
  }

  /** A fault of ours: from here on there is another tap. */
  abandon(): void {
    this.turnOpaque('fault');
    this.#tellFired();
    this.#onClosed(this);
  }

  fire(
    flight: Flight | undefined,
    trigger: Trigger,
    outcome: string,
    detail: string,
    head?: Http1Head,
  ): void {
    const session = head === undefined ? flight?.session : this.#observation.sessionOf(flight, head);
    const message = flight?.message ?? 0;
    const line = flight?.startLine;
    this.#fired.push(() =>
      this.#observation.fire({ connection: this.id, message, line, session, trigger, outcome, detail }),
    );
  }

  /** Fires what is late at `now`. */
  sweep(trigger: Trigger, now: number): void {
    for (const flight of this.flights) {
      if (now - flight.startedAt < (trigger.lateAfterMs ?? 0) * 1e6) break;
      if (flight.timedOut || flight.ignored) continue;
      flight.timedOut = true;
      const late = trigger.onLate?.();
      if (late !== undefined) this.fire(flight, trigger, late.outcome, late.detail);
    }
    this.#tellFired();
  }

  #serviceEnded(how: Ending): void {
    const type = exceptionOf(how);
    if (type === undefined || this.#clientGone) return;
    if (this.flights.count === 0 && how !== 'fin' && how !== 'reset') this.#failed(undefined, type);
    for (const flight of this.flights) if (!flight.ignored) this.#failed(flight, type);
  }

  #failed(flight: Flight | undefined, type: ExceptionType): void {
    for (const trigger of this.#observation.triggers) {
      const firing = trigger.onException?.(type);
      if (firing === undefined) continue;
      this.fire(flight, trigger, firing.outcome, firing.detail);
      return;
    }
  }

  #tellFired(): void {
    const fired = this.#fired;
    this.#fired = [];
    for (const tell of fired) tell();
  }
}

function exceptionOf(how: Ending): ExceptionType | undefined {
  switch (how) {
    case 'fin':
      return 'closed';
    case 'reset':
      return 'reset';
    case 'refused':
    case 'unreachable':
      return 'refused';
    case 'local':
      return undefined;
  }
}

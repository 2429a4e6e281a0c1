import type { ProcessTime } from '../../../ledger/segment.ts';
import type { Http1Head } from '../../../wire/http1/events.ts';
import type { Flight } from '../flight.ts';
import type { HeadFacts } from '../head-facts.ts';
import { requestFacts } from './head-facts.ts';

const firstRoom = 256;
/** Longer heads are kept in part: method and route are told by their beginning. */
const longestHead = 4096;
/** Requests of one connection that may wait for their responses. */
export const mostFlights = 1024;

/** A request of HTTP/1 whose response is not whole. */
export class Http1Flight implements Flight {
  message = 0;
  /** When its first byte came. */
  startedAt: ProcessTime = 0;
  ignored = false;
  timedOut = false;
  session: string | undefined = undefined;
  service: string | undefined = undefined;
  #head = Buffer.allocUnsafe(firstRoom);
  #length = 0;
  #whole = false;

  take(head: Http1Head, startedAt: ProcessTime): void {
    this.message = head.message;
    this.startedAt = startedAt;
    this.ignored = false;
    this.timedOut = false;
    this.session = undefined;
    this.service = undefined;
    const { bytes, start, end } = head;
    const length = Math.min(end - start, longestHead);
    if (this.#head.length < length) this.#head = Buffer.allocUnsafe(length);
    this.#head.set(bytes.subarray(start, start + length));
    this.#length = length;
    this.#whole = length === end - start;
  }

  /** Read only when a trigger fires: the head's beginning is kept as it came. */
  get startLine(): { readonly method: string; readonly target: string } {
    const text = this.#head.toString('latin1', 0, this.#length);
    const [method = '', target = ''] = text.split('\r', 1)[0]?.split(' ') ?? [];
    return { method, target };
  }

  /** The head's facts, valid until the next are asked for; undefined where it is not kept whole. */
  get facts(): HeadFacts | undefined {
    if (!this.#whole) return undefined;
    return requestFacts({ bytes: this.#head, start: 0, end: this.#length, agentStart: -1 });
  }
}

/** The requests of one connection that wait for their responses, in order. */
export class Http1Flights {
  #waiting: Http1Flight[] = [];
  #spare: Http1Flight | undefined;

  get count(): number {
    return this.#waiting.length;
  }

  get first(): Http1Flight | undefined {
    return this.#waiting[0];
  }

  [Symbol.iterator](): Iterator<Http1Flight> {
    return this.#waiting[Symbol.iterator]();
  }

  add(head: Http1Head, startedAt: ProcessTime): Http1Flight {
    const flight = this.#spare ?? new Http1Flight();
    this.#spare = undefined;
    flight.take(head, startedAt);
    this.#waiting.push(flight);
    return flight;
  }

  /** The first has its whole response. */
  land(): void {
    this.#spare = this.#waiting.shift();
  }

  /** All go on with someone else. */
  leave(): void {
    this.#waiting = [];
    this.#spare = undefined;
  }
}

import type { ProcessTime } from '../../ledger/segment.ts';
import type { Http1Head } from '../../wire/http1/events.ts';

const firstRoom = 256;
/** Longer start lines are cut: method and route are told by their beginning. */
const longestLine = 4096;
/** Requests of one connection that may wait for their responses. */
export const mostFlights = 1024;

/** A request whose response is not whole. */
export class Flight {
  message = 0;
  /** When its first byte came. */
  startedAt: ProcessTime = 0;
  ignored = false;
  timedOut = false;
  session: string | undefined = undefined;
  #line = Buffer.allocUnsafe(firstRoom);
  #lineLength = 0;

  take(head: Http1Head, startedAt: ProcessTime): void {
    this.message = head.message;
    this.startedAt = startedAt;
    this.ignored = false;
    this.timedOut = false;
    this.session = undefined;
    const { bytes, start, end } = head;
    const length = Math.min(end - start, longestLine);
    if (this.#line.length < length) this.#line = Buffer.allocUnsafe(length);
    this.#line.set(bytes.subarray(start, start + length));
    this.#lineLength = length;
  }

  /** Method and target. Read only when a trigger fires: the head's beginning is kept as it came. */
  get startLine(): { readonly method: string; readonly target: string } {
    const text = this.#line.toString('latin1', 0, this.#lineLength);
    const [method = '', target = ''] = text.split('\r', 1)[0]?.split(' ') ?? [];
    return { method, target };
  }
}

/** The requests of one connection that wait for their responses, in order. */
export class Flights {
  #waiting: Flight[] = [];
  #spare: Flight | undefined;

  get count(): number {
    return this.#waiting.length;
  }

  get first(): Flight | undefined {
    return this.#waiting[0];
  }

  [Symbol.iterator](): Iterator<Flight> {
    return this.#waiting[Symbol.iterator]();
  }

  add(head: Http1Head, startedAt: ProcessTime): Flight {
    const flight = this.#spare ?? new Flight();
    this.#spare = undefined;
    flight.take(head, startedAt);
    this.#waiting.push(flight);
    return flight;
  }

  /** The first has its whole response. */
  land(): void {
    this.#spare = this.#waiting.shift();
  }
}

import type { ExchangeWithBodies, ResponseHead, TapeTime } from '../../../../tape/exchange.ts';
import { EventStream } from '../../../../wire/sse/event-stream.ts';
import { holdsEvents, isPlain } from '../../../messages/event-body.ts';
import type { PassingMessage, ReplayTime } from '../../port.ts';

/** A response without an end on the tape: its client left, or the tape ended before it. */
export interface Leaving {
  /** Recorded nanoseconds from the request's start to that moment. */
  readonly after: TapeTime;
  /** Bytes of the body that had come by then; of a stream of events, how many. */
  readonly had: number;
}

/** When a recorded client left a response that had begun; undefined where it did not. */
export function leavingOf({ exchange, responseBody }: ExchangeWithBodies): Leaving | undefined {
  const { response, times, failure, failedAt } = exchange;
  const left = failure === 'client_gone' || failure === 'in_flight';
  if (response === undefined || times.responseEnd !== undefined || times.requestEnd === undefined || !left)
    return undefined;
  const last = response.body.arrivals.at(-1)?.[0] ?? times.responseStart ?? times.requestEnd;
  const after = Math.max(last, failedAt ?? last) - times.requestStart;
  if (!countsEvents(response.head)) return { after, had: responseBody.length };
  let had = 0;
  new EventStream(() => had++, responseBody.length).push(responseBody, 0, responseBody.length, 0);
  return { after, had };
}

const countsEvents = ({ fields }: ResponseHead): boolean => holdsEvents(fields) && isPlain(fields);

export interface OpenResponseOptions {
  readonly leaving: Leaving | undefined;
  /** Recorded time is divided by it. */
  readonly speed: number;
  /** How much longer than recorded it is waited for what the recorded client had, milliseconds. */
  readonly patienceMs: number;
  readonly onMessage: (message: PassingMessage) => void;
  /** Time to leave: all has come that the recorded client had, or is not to be expected any more. */
  readonly onLeave: () => void;
}

const nsPerMs = 1e6;
/** Bytes that are kept of one event. */
const eventLimit = 1024 * 1024;

/** Watches a response as it comes in: tells its events, and when it is to be left. */
export class OpenResponse {
  readonly #options: OpenResponseOptions;
  #events: EventStream | undefined;
  #count = 0;
  #bytes = 0;
  #isDue = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: OpenResponseOptions) {
    this.#options = options;
  }

  /** The request was sent. */
  begin(sentAt: ReplayTime): void {
    const { leaving, speed, patienceMs } = this.#options;
    if (leaving === undefined) return;
    const due = sentAt + leaving.after / nsPerMs / speed - performance.now();
    this.#timer = setTimeout(() => {
      this.#isDue = true;
      if (Number.isFinite(patienceMs)) this.#timer = setTimeout(() => this.#leave(), patienceMs);
      this.#leaveIfEnough();
    }, due);
  }

  onHead(head: ResponseHead): void {
    if (!countsEvents(head)) return;
    this.#events = new EventStream(({ at, event, data }) => {
      this.#count++;
      const label = event === 'message' ? {} : { label: event };
      const content = (): Uint8Array => Buffer.from(data);
      this.#options.onMessage({ from: 'service', number: this.#count, at, content, ...label });
    }, eventLimit);
    this.#leaveIfEnough();
  }

  onBody(bytes: Uint8Array): void {
    this.#bytes += bytes.length;
    this.#events?.push(bytes, 0, bytes.length, performance.now());
    this.#leaveIfEnough();
  }

  /** The response is over. */
  stop(): void {
    clearTimeout(this.#timer);
  }

  #leaveIfEnough(): void {
    const had = this.#options.leaving?.had ?? Number.POSITIVE_INFINITY;
    if (this.#isDue && (this.#events === undefined ? this.#bytes : this.#count) >= had) this.#leave();
  }

  #leave(): void {
    this.stop();
    this.#options.onLeave();
  }
}

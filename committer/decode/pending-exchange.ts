import type {
  Exchange,
  ExchangeFailure,
  ExchangeTimes,
  Protocol,
  RequestHead,
  ResponseHead,
  TapeTime,
  TriggerMark,
} from '../../tape/exchange.ts';
import type { Gap, GapCause } from '../../tape/gap.ts';
import type { DecodedMessage } from './decoded-message.ts';
import type { DecodedExchange } from './port.ts';

/** A response of which something has come: its final head may be still to come. */
export interface PendingResponse {
  readonly beganAt: TapeTime;
  readonly interim: { readonly at: TapeTime; readonly head: ResponseHead }[];
  final?: { readonly head: ResponseHead; readonly message: DecodedMessage };
}

/** What an exchange is told of where it belongs, once it is over. */
export type ExchangePlace = Pick<Exchange, 'service' | 'connection' | 'peers' | 'session'> &
  Pick<DecodedExchange, 'origin'>;

const nothing = new Uint8Array(0);

/** An exchange of which something has come, until it is over. */
export class PendingExchange {
  readonly protocol: Protocol;
  /** The stream in HTTP/2. */
  readonly message: number;
  readonly head: RequestHead;
  request: DecodedMessage;
  readonly triggers: TriggerMark[] = [];
  response: PendingResponse | undefined;
  failure: ExchangeFailure | undefined;
  failedAt: TapeTime | undefined;
  /** The code of the RST_STREAM that ended it. */
  rst: number | undefined;
  /** No more of the request will come. */
  requestOver = false;
  responseOver = false;
  readonly #gaps: Gap[] = [];

  constructor(protocol: Protocol, message: number, head: RequestHead, request: DecodedMessage) {
    this.protocol = protocol;
    this.message = message;
    this.head = head;
    this.request = request;
  }

  get isOver(): boolean {
    return this.requestOver && this.responseOver;
  }

  /** It gets no whole response any more, since `at` where that is known. The first reason stays. */
  fail(failure: ExchangeFailure, at?: TapeTime): void {
    if (this.responseOver) return;
    this.responseOver = true;
    this.failure = failure;
    this.failedAt = at;
  }

  /** The request or the response (`part`) is not whole: `missing` bytes at least did not reach us. */
  miss(part: 'request' | 'response', cause: GapCause, missing: number, at: TapeTime): void {
    const message = part === 'request' ? this.request : this.response?.final?.message;
    message?.loseRest(missing, cause);
    this.note(part, cause, at);
  }

  /** Says that `part` is not whole, and why. */
  note(part: 'request' | 'response', cause: GapCause, at: TapeTime): void {
    this.#gaps.push({ cause, count: 1, unit: 'exchanges', from: at, to: at, what: part });
  }

  finish({ origin, session, ...place }: ExchangePlace): DecodedExchange {
    const final = this.response?.final;
    const interim = this.response?.interim ?? [];
    const exchange: Exchange = {
      id: 0,
      instance: 0,
      ...place,
      message: this.message,
      ...(session === undefined ? {} : { session }),
      direction: 'inbound',
      protocol: this.protocol,
      request: { head: this.head, ...partsOf(this.request) },
      ...(interim.length === 0 ? {} : { interim }),
      ...(final === undefined ? {} : { response: { head: final.head, ...partsOf(final.message) } }),
      ...(this.failure === undefined ? {} : { failure: this.failure }),
      ...(this.failedAt === undefined ? {} : { failedAt: this.failedAt }),
      ...(this.rst === undefined ? {} : { rst: this.rst }),
      times: this.#times(),
      ...(this.triggers.length === 0 ? {} : { triggers: this.triggers }),
      ...(this.#gaps.length === 0 ? {} : { gaps: this.#gaps }),
    };
    return {
      exchange,
      requestBody: this.request.bytes,
      responseBody: final?.message.bytes ?? nothing,
      origin,
    };
  }

  #times(): ExchangeTimes {
    const response = this.response;
    const [requestEnd, responseEnd] = [this.request.endedAt, response?.final?.message.endedAt];
    return {
      requestStart: this.request.beganAt,
      ...(requestEnd === undefined ? {} : { requestEnd }),
      ...(response === undefined ? {} : { responseStart: response.beganAt }),
      ...(responseEnd === undefined ? {} : { responseEnd }),
    };
  }
}

function partsOf(message: DecodedMessage): Pick<Exchange['request'], 'body' | 'trailers'> {
  const { body, trailers } = message;
  return trailers === undefined ? { body } : { body, trailers };
}

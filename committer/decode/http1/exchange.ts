import type { RequestHead, ResponseHead } from '../../../tape/exchange.ts';
import type { MethodKind } from '../../../wire/http1/events.ts';
import { PendingExchange } from '../pending-exchange.ts';
import type { Http1Message } from './message.ts';

/** An exchange of HTTP/1 whose request's head has come. */
export class Http1Exchange extends PendingExchange {
  readonly method: MethodKind;
  /** Holes that came before it: nothing of it is in them. */
  readonly holesBefore: number;
  readonly asked: Http1Message;
  answered: Http1Message | undefined;

  constructor(
    message: number,
    method: MethodKind,
    head: RequestHead,
    request: Http1Message,
    holesBefore: number,
  ) {
    super('http/1', message, head, request);
    this.method = method;
    this.holesBefore = holesBefore;
    this.asked = request;
  }

  /** Its response's final head is whole. */
  answer(head: ResponseHead, message: Http1Message): void {
    if (this.response !== undefined) this.response.final = { head, message };
    this.answered = message;
  }
}

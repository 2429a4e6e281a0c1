import type { Sender } from '../../../ledger/segment.ts';
import type { RequestHead, ResponseHead, TapeTime } from '../../../tape/exchange.ts';
import { MessageScanner } from '../../../wire/grpc/message-scanner.ts';
import type { Http2Stream, StreamMessage } from '../../../wire/http2/stream.ts';
import type { DecodedMessage } from '../decoded-message.ts';
import { PendingExchange } from '../pending-exchange.ts';
import type { Http2Message } from './message.ts';

/** A stream's exchange. Each of its messages may be waiting for the first place at which it can be kept. */
export class Http2Exchange extends PendingExchange {
  answered: Http2Message | undefined;
  /** Messages whose bodies began before what is there. */
  readonly #waiting = new Set<Sender>();

  constructor(message: number, head: RequestHead, request: DecodedMessage) {
    super('http/2', message, head, request);
  }

  answer(head: ResponseHead, message: Http2Message): void {
    if (this.response !== undefined) this.response.final = { head, message };
    this.answered = message;
  }

  /** The request for the client, the final response for the service. */
  part(sender: Sender): DecodedMessage | undefined {
    return sender === 'client' ? this.request : this.answered;
  }

  /** The body of `sender`'s message began before what is there: it is kept from its next message on, if it has such. */
  wait(sender: Sender): void {
    this.#waiting.add(sender);
  }

  /** Content of a DATA frame came. */
  add(
    sender: Sender,
    { messages }: StreamMessage,
    at: TapeTime,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const message = this.part(sender);
    if (message === undefined) return;
    const from = this.#waiting.has(sender) ? firstMessage(messages, bytes, start, end) : start;
    if (from > start && message.missed !== undefined) {
      const { bytes: before = 0, cause } = message.missed;
      message.missed = { bytes: before + from - start, cause };
    }
    if (from === end) return;
    this.#waiting.delete(sender);
    message.add(at, bytes, from, end);
  }
}

/** Where the next message begins, as far as these bytes tell; else `end`. */
function firstMessage(
  messages: MessageScanner | undefined,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  const first = messages === undefined ? -1 : new MessageScanner(messages.position).push(bytes, start, end);
  return first === -1 ? end : first;
}

/** Where a stream stands: the same behind a hole means that nothing of it was lost. */
export function standing<T>({ client, service }: Http2Stream<T>): string {
  return [client, service].map(({ state, bytes }) => `${state} ${bytes}`).join();
}

import type { Sender } from '../../../ledger/segment.ts';
import type { ExchangeFailure, RequestHead, ResponseHead, TapeTime } from '../../../tape/exchange.ts';
import type { GapCause } from '../../../tape/gap.ts';
import { MessageScanner, prefixLength } from '../../../wire/grpc/message-scanner.ts';
import type { Http2Stream, StreamMessage } from '../../../wire/http2/stream.ts';
import type { DecodedMessage } from '../decoded-message.ts';
import { PendingExchange } from '../pending-exchange.ts';
import { Http2Message } from './message.ts';
import { type Tunnel, type TunnelLimits, tunnelOf } from './tunnel.ts';

const connect = 'CONNECT';

/** A stream's exchange. Each of its messages may be waiting for the first place at which it can be kept. */
export class Http2Exchange extends PendingExchange {
  #answered: DecodedMessage | undefined;
  #tunnel: Tunnel | undefined;
  /** Messages whose bodies began before what is there. */
  readonly #waiting = new Set<Sender>();

  constructor(message: number, head: RequestHead, request: DecodedMessage) {
    super('http/2', message, head, request);
  }

  /**
   * The response's final head is whole; of its body `limits` say how much is kept, or it is made of `messages`. A CONNECT
   * that succeeded opens a tunnel.
   */
  answer(head: ResponseHead, limits: TunnelLimits, at: TapeTime, messages?: MessageScanner): void {
    const response = this.response ?? { beganAt: at, interim: [] };
    this.response = response;
    const opens = this.head.method === connect && head.status < 300;
    this.#tunnel = opens ? tunnelOf(this.head, head, response.beganAt, limits) : undefined;
    this.request = this.#tunnel?.client.message ?? this.request;
    this.#answered =
      this.#tunnel?.service.message ?? Http2Message.of(messages, response.beganAt, limits.bodyLimit);
    response.final = { head, message: this.#answered };
  }

  /** The request for the client, the final response for the service. */
  part(sender: Sender): DecodedMessage | undefined {
    return sender === 'client' ? this.request : this.#answered;
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
    if (this.head.method === connect) {
      if (this.#tunnel === undefined) message.lose(end - start, 'opaque');
      else this.#tunnel[sender].add(at, bytes, start, end);
      return;
    }
    const from = this.#waiting.has(sender) ? firstMessage(messages, bytes, start, end) : start;
    if (from > start && message.missed !== undefined) {
      const { bytes: before = 0, cause } = message.missed;
      message.missed = { bytes: before + from - start, cause };
    }
    if (from === end) return;
    this.#waiting.delete(sender);
    message.add(at, bytes, from, end);
  }

  /** Content came and is not there; of a call, all of a message but its prefix. */
  skip(sender: Sender, { messages }: StreamMessage, length: number, cause: GapCause, at: TapeTime): void {
    const message = this.part(sender);
    if (this.#tunnel !== undefined) this.#tunnel[sender].skip(length, cause, at);
    else if (message?.missed !== undefined && this.#waiting.has(sender)) {
      message.missed = { ...message.missed, bytes: (message.missed.bytes ?? 0) + length };
    } else if (messages !== undefined) message?.drop(prefixLength, length, cause);
    else message?.lose(length, cause);
  }

  /** The sender's message ended. */
  end(sender: Sender, at: TapeTime, inHeaders: boolean): void {
    this.#tunnel?.[sender].end('malformed');
    const message = this.part(sender);
    if (message instanceof Http2Message) message.end(at, inHeaders);
    else if (message !== undefined) message.endedAt = at;
    if (sender === 'client') this.requestOver = true;
    else this.responseOver = true;
  }

  override fail(failure: ExchangeFailure, at?: TapeTime): void {
    const cause = failure === 'gap' || failure === 'in_flight' ? 'window_edge' : 'malformed';
    if (!this.requestOver) this.#tunnel?.client.end(cause);
    if (!this.responseOver) this.#tunnel?.service.end(cause);
    super.fail(failure, at);
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

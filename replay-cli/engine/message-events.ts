import type { Exchange, HeaderField } from '../../tape/exchange.ts';
import { type Call, callOfExchange, encodingOf, responseType } from '../../wire/grpc/call.ts';
import { readFrames } from '../../wire/grpc/messages.ts';
import { contentOf } from './client/stream/message-reader.ts';
import type { PassingMessage, ReplayEvent, ReplayTime } from './port.ts';

/** A message of HTTP as it went by as a whole. */
interface Whole {
  readonly fields: readonly HeaderField[];
  readonly body: Uint8Array;
}

/** Tells the messages of one payload as events, behind that of its sending. */
export class MessageEvents {
  readonly #id: Exchange['id'];
  readonly #call: Call | undefined;
  readonly #emit: (event: ReplayEvent) => void;
  /** What passed before the sending was told. */
  #early: PassingMessage[] | undefined = [];

  constructor(exchange: Exchange, emit: (event: ReplayEvent) => void) {
    this.#id = exchange.id;
    this.#call = callOfExchange(exchange);
    this.#emit = emit;
  }

  tell(message: PassingMessage): void {
    if (this.#early !== undefined) {
      this.#early.push(message);
      return;
    }
    const call = this.#call === undefined ? {} : { call: this.#call };
    this.#emit({ kind: 'message', id: this.#id, ...call, message });
  }

  /** The sending was told. */
  begin(): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const message of early) this.tell(message);
  }

  /** The messages of a call whose client knows bodies alone: gRPC-Web and Connect over HTTP/1.1. */
  tellWhole(from: PassingMessage['from'], { fields, body }: Whole, at: ReplayTime): void {
    const type = from === 'client' ? this.#call : this.#call && responseType(this.#call, fields);
    if (type === undefined || body.length === 0) return;
    const encoding = encodingOf(type, fields);
    let number = 0;
    for (const frame of readFrames(body, type.dialect, encoding, []).frames) {
      if (frame.kind !== 'message') continue;
      number++;
      this.tell({ from, number, at, content: () => contentOf(frame, encoding) });
    }
  }
}

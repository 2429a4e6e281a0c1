import type { MessageScanner } from '../grpc/message-scanner.ts';
import { readPosition, writePosition } from './message-position.ts';
import type { Http2Sender } from './sender.ts';
import type { StateReader, StateWriter } from './state-bytes.ts';

/** `none`: its head has not come. `open`: its head has, its end has not. */
const messageStates = ['none', 'open', 'ended'] as const;
export type MessageState = (typeof messageStates)[number];

const noFields: StreamMessage['fields'] = [];

/** One sender's message of a stream. */
export class StreamMessage {
  state: MessageState = 'none';
  /** Bytes of its body so far. */
  bytes = 0;
  /** Where it is in its length-prefixed messages, where its body is made of such. */
  messages: MessageScanner | undefined = undefined;
  /** The fields of its head that tell how these are written. */
  fields: readonly (readonly [name: string, value: string])[] = noFields;
  /** What the other sender gave it to send by WINDOW_UPDATE, less what it sent (RFC 9113 section 6.9). */
  credit = 0;

  write(state: StateWriter): void {
    state.number(messageStates.indexOf(this.state));
    state.number(this.bytes);
    if (this.state === 'ended') return;
    state.signed(this.credit);
    writePosition(state, this.messages);
    state.number(this.fields.length);
    for (const [name, value] of this.fields) {
      state.text(name);
      state.text(value);
    }
  }

  read(state: StateReader): void {
    const found = messageStates[state.number()];
    if (found === undefined) throw new RangeError('the state of a message is none');
    this.state = found;
    this.bytes = state.number();
    if (found === 'ended') return;
    this.credit = state.signed();
    this.messages = readPosition(state);
    this.fields = Array.from({ length: state.count() }, () => [state.text(), state.text()] as const);
  }
}

/** A stream that the client opened and that is not over. */
export class Http2Stream<T> {
  readonly id: number;
  /** Of the request. `path` is `:path`, or the authority of a plain CONNECT, cut at 4 KiB. */
  readonly method: string;
  readonly path: string;
  readonly client = new StreamMessage();
  readonly service = new StreamMessage();
  /** How many segments of the client's came before the one that opened it. */
  readonly openedIn: number;
  /** Of the response, once its head has come; 0 before. */
  status = 0;
  /** The sink leaves it out; states tell so. */
  ignored = false;
  /** What the sink keeps with it. */
  own: T | undefined = undefined;

  constructor(id: number, method: string, path: string, openedIn: number) {
    this.id = id;
    this.method = method;
    this.path = path;
    this.openedIn = openedIn;
  }

  message(sender: Http2Sender): StreamMessage {
    return sender === 'client' ? this.client : this.service;
  }
}

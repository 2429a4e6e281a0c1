import { malformed } from './breach.ts';
import { messageFields, places } from './core-names.ts';
import type { FieldBlock, Http2Sender, Http2Sink } from './events.ts';
import { limits } from './limits.ts';
import { messageScannerFor } from './message-position.ts';
import { Http2Stream, type StreamMessage } from './stream.ts';
import type { StreamTable } from './stream-table.ts';

/** Longer ones of the fields that a state repeats say nothing that is known. */
const longestField = 128;

/** The side whose header blocks are looked at: the last of them is `FieldBlock`'s. */
export interface BlockSource extends FieldBlock {
  readonly sender: Http2Sender;
  /** Segments that it has sent. */
  readonly segments: number;
}

/** Makes heads and trailers of streams of one side's header blocks (RFC 9113 section 8.1). Breaches are thrown. */
export class StreamHeads<T> {
  readonly #streams: StreamTable<T>;
  readonly #sink: Http2Sink<T>;
  readonly #block: BlockSource;

  constructor({ streams, sink }: { streams: StreamTable<T>; sink: Http2Sink<T> }, block: BlockSource) {
    this.#streams = streams;
    this.#sink = sink;
    this.#block = block;
  }

  /** A block of the client's is whole. */
  request(id: number): void {
    const stream = this.#streams.get(id);
    if (stream !== undefined) this.#trailers(stream, stream.client);
    else if (id % 2 === 0) malformed('a request on a stream of the service');
    else if (this.#streams.isIdle(id)) this.#open(id);
  }

  /** A block of the service's is whole. */
  response(id: number): void {
    const stream = this.#streams.get(id);
    if (stream === undefined) {
      if (this.#streams.isIdle(id)) malformed('a response to no request');
      return;
    }
    if (stream.service.state !== 'none') {
      this.#trailers(stream, stream.service);
      return;
    }
    const block = this.#block;
    const status = statusOf(block.values[places.status]);
    if (status < 100) malformed('a response without a status');
    if (status >= 200) {
      stream.status = status;
      this.#headed(stream.service);
    } else if (block.endStream) malformed('an interim response that ends its stream');
    this.#sink.onResponse(stream, status, block);
    if (block.endStream) this.end(stream, true);
  }

  /** The side sends nothing more on this stream. */
  end(stream: Http2Stream<T>, inHeaders: boolean): void {
    const { sender } = this.#block;
    stream.message(sender).state = 'ended';
    const isOver = stream.client.state === 'ended' && stream.service.state === 'ended';
    if (isOver) this.#streams.remove(stream);
    this.#sink.onEnd(stream, sender, inHeaders);
  }

  #open(id: number): void {
    const { values, segments, endStream } = this.#block;
    const method = values[places.method] ?? malformed('a request without a method');
    const authority = method === 'CONNECT' ? values[places.authority] : undefined;
    const path = values[places.path] ?? authority ?? malformed('a request without a path');
    const stream = new Http2Stream<T>(id, method, kept(path), segments);
    this.#streams.add(stream);
    this.#headed(stream.client);
    this.#sink.onRequest(stream, this.#block);
    if (endStream) this.end(stream, true);
  }

  #headed(message: StreamMessage): void {
    const { values } = this.#block;
    message.state = 'open';
    const type = values[places.contentType];
    if (type === undefined) return;
    message.messages = messageScannerFor(type);
    if (message.messages === undefined) return;
    message.fields = messageFields.flatMap(([name, place]) => {
      const value = values[place];
      return value === undefined || value.length > longestField ? [] : [[name, value] as const];
    });
  }

  #trailers(stream: Http2Stream<T>, message: StreamMessage): void {
    const block = this.#block;
    if (message.state === 'ended') malformed('HEADERS behind the end of a stream');
    this.#sink.onTrailers(stream, block.sender, block);
    if (block.endStream) this.end(stream, true);
  }
}

/** Three digits (RFC 9110 section 15); else 0. */
function statusOf(text: string | undefined): number {
  if (text?.length !== 3) return 0;
  const [hundreds, tens, ones] = [text.charCodeAt(0) - 48, text.charCodeAt(1) - 48, text.charCodeAt(2) - 48];
  const isNumber = hundreds >= 0 && hundreds <= 9 && tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9;
  return isNumber ? hundreds * 100 + tens * 10 + ones : 0;
}

/** A copy of its own where it is cut: else the whole of it would stay in memory. */
function kept(path: string): string {
  if (path.length <= limits.path) return path;
  return Buffer.from(path.slice(0, limits.path), 'latin1').toString('latin1');
}

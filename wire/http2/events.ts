import type { HeaderField } from '../../tape/exchange.ts';
import type { Http2OpaqueCause } from './breach.ts';
import type { Http2Sender } from './sender.ts';
import type { Http2Stream } from './stream.ts';

export type { Http2OpaqueCause } from './breach.ts';
export type { Http2Sender } from './sender.ts';
export type { Http2Stream } from './stream.ts';

/** A header block, decoded. It is the decoder's own and valid during the call alone. */
export interface FieldBlock {
  /**
   * Values of the names that the connection was asked for, by their places. Where a name came more than once, they are
   * joined by `\n`.
   */
  readonly values: readonly (string | undefined)[];
  /** All fields in order, pseudo fields too, where the connection keeps them; else none. A list of its own. */
  readonly fields: HeaderField[];
  /** The stream's sender sends nothing behind it. */
  readonly endStream: boolean;
}

/**
 * What an HTTP/2 connection tells of both senders. `T` is what the sink keeps with a stream (`stream.own`). Events of one
 * stream come in the order of its bytes; `onEnd` or `onReset` comes last for a sender.
 */
export interface Http2Sink<T> {
  /** The client opened a stream. */
  onRequest(stream: Http2Stream<T>, block: FieldBlock): void;
  /** A response's head; more follow where `status` is below 200. */
  onResponse(stream: Http2Stream<T>, status: number, block: FieldBlock): void;
  onTrailers(stream: Http2Stream<T>, sender: Http2Sender, block: FieldBlock): void;
  /** Content of DATA, without padding: `bytes` from `start` to `end`. Empty DATA is not told. */
  onData(stream: Http2Stream<T>, sender: Http2Sender, bytes: Uint8Array, start: number, end: number): void;
  /** Content of DATA of a stream that is not followed: it was pushed, or one side has reset it. */
  onStrayData(sender: Http2Sender, start: number, end: number): void;
  /** `length` bytes of content came and are not there: see `Http2Connection.skip`. */
  onSkipped?(stream: Http2Stream<T>, sender: Http2Sender, length: number): void;
  /** The sender is done. `inHeaders`: a HEADERS frame said so. */
  onEnd(stream: Http2Stream<T>, sender: Http2Sender, inHeaders: boolean): void;
  /** The stream is over: `sender` reset it with this code (RFC 9113 section 7). */
  onReset(stream: Http2Stream<T>, sender: Http2Sender, code: number): void;
  /** The service announced a response to a request that nobody sent. */
  onPush(block: FieldBlock): void;
  /** The sender takes no streams beyond `last` of its peer's. */
  onGoaway(sender: Http2Sender, last: number, code: number): void;
  /** From here on the connection cannot be followed, and nothing else is told. Streams that are open do not end. */
  onOpaque(cause: Http2OpaqueCause): void;
}

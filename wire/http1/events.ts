/** What a scanner needs to know of a request's method: HEAD and CONNECT change how the response is framed. */
export const methodKinds = { other: 0, head: 1, connect: 2 } as const;
export type MethodKind = (typeof methodKinds)[keyof typeof methodKinds];

/**
 * `upgrade`: a 101, or a CONNECT. `malformed`: not valid HTTP/1, or framed so that two readers could see different
 * messages. `not_http`: the sender's first bytes are no HTTP/1. `limit`: a head past `headLimit`.
 */
export type OpaqueCause = 'upgrade' | 'malformed' | 'not_http' | 'limit';

/**
 * What the HTTP/1 scanner tells of one sender's bytes. Positions (`at`) are offsets into the chunk that was just given
 * to `push`. The optional parts cost something only where they are there: an observer leaves them out.
 *
 * Message framing follows RFC 9112 section 6.3.
 */
export interface Http1Sink {
  /**
   * The first byte of message number `message` stands at `at`. A response with interim ones before it begins with the
   * first of these.
   */
  onMessageBegin(message: number, at: number): void;
  /** A head is whole. `head` is the scanner's own and is valid during the call alone. */
  onHead(head: Http1Head): void;
  /** The message's last byte stands before `at`. From `finish`, `at` is 0: the end of all that was given. */
  onMessageEnd(message: number, at: number): void;
  /**
   * From `at` on this is not HTTP/1 any more, and nothing else will be told. A message that has begun and not ended
   * does not end.
   */
  onOpaque(at: number, cause: OpaqueCause): void;
  /** Body content, transfer coding taken off: `chunk` from `start` to `end`. */
  onBody?: ((chunk: Uint8Array, start: number, end: number) => void) | undefined;
  /** A chunk of a chunked body begins: its size, and its extension exactly as sent (`;a=b`), or `''`. Not the last. */
  onChunk?(size: number, extension: string): void;
  /** The trailer fields, each with its CRLF, without the final empty line. A view, valid during the call. */
  onTrailers?(fields: Uint8Array): void;
}

/** Start line and fields with the final empty line: `bytes` from `start` to `end`. */
export interface Http1Head {
  readonly message: number;
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Where the bytes behind the head stand in the chunk that was given to `push`: `bytes` may be another buffer. */
  readonly next: number;
  /** Where the value of the first User-Agent stands in `bytes`; -1 where there is none. */
  readonly agentStart: number;
  readonly agentEnd: number;
  /** Likewise of the first Content-Type. */
  readonly typeStart: number;
  readonly typeEnd: number;
  /** 0 for a request. */
  readonly status: number;
  /** Of a request; `other` for a response. */
  readonly method: MethodKind;
  /** A 1xx that the final response will follow; it has no body. A 101 is final. */
  readonly interim: boolean;
  readonly framing: 'none' | 'length' | 'chunked' | 'close';
  /** Bytes of the body with framing `length`, else 0. */
  readonly contentLength: number;
}

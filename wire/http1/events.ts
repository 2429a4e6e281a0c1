/**
 * What the HTTP/1 scanner tells of one sender's bytes. Ranges are offsets into the chunk that was just given; the
 * scanner keeps no bytes but an unfinished head's (bounded), and no reference to a chunk after `push` returns.
 *
 * Message framing follows RFC 9112 section 6.3.
 */
export interface Http1Sink {
  /** The first byte of message number `message` stands at `at` of this chunk. */
  onMessageBegin(message: number, at: number): void;
  /**
   * The head is whole. `head` is a view of the start line and fields with the final empty line, valid during the
   * call. `status` is 0 for a request. Interim responses (1xx but 101) come with `interim` true and no body.
   */
  onHead(head: Http1Head): void;
  /** Body content, transfer coding taken off. */
  onBody(chunk: Uint8Array, start: number, end: number): void;
  /** A chunk of a chunked body begins: its size, and its extension exactly as sent, or `''`. */
  onChunk(size: number, extension: string): void;
  onTrailers(bytes: Uint8Array): void;
  /** The message's last byte stands before `at` of this chunk. */
  onMessageEnd(message: number, at: number): void;
  /** From `at` on this is not HTTP/1 any more: an upgrade, a CONNECT tunnel, or bytes that are not valid. */
  onOpaque(at: number, cause: 'upgrade' | 'malformed' | 'not_http' | 'limit'): void;
}

export interface Http1Head {
  readonly message: number;
  readonly bytes: Uint8Array;
  readonly status: number;
  readonly interim: boolean;
  readonly framing: 'none' | 'length' | 'chunked' | 'close';
  /** With framing `length`. */
  readonly contentLength: number;
}

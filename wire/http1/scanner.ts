import { CR, LF } from './bytes.ts';
import { ChunkScanner } from './chunk-scanner.ts';
import { type Http1Head, type Http1Sink, type MethodKind, methodKinds, type OpaqueCause } from './events.ts';
import { framingOf, opensTunnel } from './framing.ts';
import { HeadScanner, INCOMPLETE } from './head-scanner.ts';
import { HeldBytes } from './held-bytes.ts';

/** Bytes of one head, or of one message's trailers, past which a sender's bytes are opaque. */
export const headLimit = 64 * 1024;

const BETWEEN = 0;
const HEAD = 1;
const LENGTH = 2;
const CHUNK_LINE = 3;
const CHUNK_DATA = 4;
const TRAILERS = 5;
const UNTIL_CLOSE = 6;
const CLOSED = 7;
const OPAQUE = 8;

const nothing = new Uint8Array(0);

/**
 * Finds the messages in what one sender of an HTTP/1 connection sent. Bytes in, events out: it owns no socket, jumps
 * over bodies by their length, and keeps no bytes but an unfinished head's or trailers' (`headLimit` at most).
 *
 * A response's framing depends on its request: whoever scans the client's bytes tells `expect` each request's method.
 * What readers could frame differently (RFC 9112 sections 6.1, 6.3 and 11.2) is opaque from there on.
 */
export class Http1Scanner implements Http1Head {
  message: number;
  bytes: Uint8Array = nothing;
  start = 0;
  end = 0;
  next = 0;
  agentStart = -1;
  agentEnd = -1;
  typeStart = -1;
  typeEnd = -1;
  status = 0;
  method: MethodKind = methodKinds.other;
  interim = false;
  framing: Http1Head['framing'] = 'none';
  contentLength = 0;

  readonly #kind: 'request' | 'response';
  readonly #sink: Http1Sink;
  readonly #head = new HeadScanner();
  readonly #chunk: ChunkScanner;
  readonly #held = new HeldBytes();
  readonly #firstMessage: number;
  #state = BETWEEN;
  /** Of a body with a length, or of a chunk's data: bytes that have not come. */
  #remaining = 0;
  /** Whether `onMessageBegin` was called for `message`: it was already, behind an interim response. */
  #begun = false;
  #closing = false;
  #expected: number;
  /** Requests with methods that matter, by message number; almost always empty. */
  #special: { readonly message: number; readonly method: MethodKind }[] = [];

  /** `firstMessage` numbers the first message that `push` is given; all requests before it are answered. */
  constructor(kind: 'request' | 'response', sink: Http1Sink, firstMessage = 0) {
    this.#kind = kind;
    this.#sink = sink;
    this.#chunk = new ChunkScanner(sink.onChunk !== undefined);
    this.#firstMessage = firstMessage;
    this.message = firstMessage;
    this.#expected = firstMessage;
  }

  /** Whether a message has begun and not ended. */
  get inMessage(): boolean {
    return this.#begun && this.#state !== OPAQUE;
  }

  get opaque(): boolean {
    return this.#state === OPAQUE;
  }

  /**
   * Tells a response scanner the method of request `message`, in order, before the response's head is pushed: of the
   * next one, but where requests between are not known.
   */
  expect(method: MethodKind, message = this.#expected): void {
    if (method !== methodKinds.other) this.#special.push({ message, method });
    this.#expected = message + 1;
  }

  /**
   * Makes the rest of the sender's bytes opaque without telling the sink: the other sender's protocol changed. Also from
   * within `onMessageBegin` and `onHead`.
   */
  abandon(): void {
    this.#state = OPAQUE;
    this.#held.clear();
  }

  /** Takes the next bytes of the sender: `chunk` from `start` to `end`. */
  push(chunk: Uint8Array, start: number, end: number): void {
    let pos = start;
    while (pos < end) pos = this.#step(chunk, start, pos, end);
  }

  /** The sender closed its side: ends a body that lasts until then. What has not ended by now does not end. */
  finish(): void {
    if (this.#state === UNTIL_CLOSE) this.#endMessage(0);
    this.abandon();
  }

  #step(chunk: Uint8Array, start: number, pos: number, end: number): number {
    switch (this.#state) {
      case LENGTH:
        return this.#body(chunk, pos, end);
      case BETWEEN:
      case CLOSED:
        return this.#between(chunk, pos, end);
      case HEAD:
        return this.#continueHead(chunk, start, end);
      case CHUNK_LINE:
        return this.#chunkLine(chunk, pos, end);
      case CHUNK_DATA:
        return this.#chunkData(chunk, pos, end);
      case TRAILERS:
        return this.#trailers(chunk, pos, end);
      case UNTIL_CLOSE:
        this.#sink.onBody?.(chunk, pos, end);
        return end;
      default:
        return end;
    }
  }

  /** Empty lines before a message are none of it (RFC 9112 section 2.2). */
  #between(chunk: Uint8Array, from: number, end: number): number {
    let pos = from;
    while (chunk[pos] === CR || chunk[pos] === LF) if (++pos === end) return end;
    if (this.#state === CLOSED) return this.#toOpaque(pos, end, 'malformed');
    if (!this.#begun) {
      this.#begun = true;
      this.#sink.onMessageBegin(this.message, pos);
      if (this.opaque) return end;
    }
    const head = this.#head;
    head.begin(this.#kind, pos);
    const stop = Math.min(end, pos + headLimit);
    const found = head.scan(chunk, stop);
    if (found >= 0) return this.#takeHead(chunk, pos, found, found, end);
    if (found !== INCOMPLETE) return this.#refuseHead(pos, end);
    if (stop < end) return this.#toOpaque(pos, end, 'limit');
    head.rebase(pos);
    this.#held.hold(chunk, pos, end);
    this.#state = HEAD;
    return end;
  }

  #continueHead(chunk: Uint8Array, start: number, end: number): number {
    const held = this.#held;
    const before = held.length;
    const taken = Math.min(end - start, headLimit - before);
    held.hold(chunk, start, start + taken);
    const found = this.#head.scan(held.bytes, held.length);
    if (found >= 0) {
      const next = this.#takeHead(held.bytes, 0, found, start + found - before, end);
      held.clear();
      return next;
    }
    if (found !== INCOMPLETE) return this.#refuseHead(start, end);
    if (held.length === headLimit) return this.#toOpaque(start, end, 'limit');
    return end;
  }

  #refuseHead(at: number, end: number): number {
    const notHttp = this.message === this.#firstMessage && this.#firstMessage === 0 && !this.#head.isHttp;
    return this.#toOpaque(at, end, notHttp ? 'not_http' : 'malformed');
  }

  /** The head stands in `bytes`; the chunk's bytes go on at `at`. */
  #takeHead(bytes: Uint8Array, start: number, headEnd: number, at: number, end: number): number {
    const head = this.#head;
    this.status = head.status;
    this.method = head.method;
    this.interim = head.status < 200 && head.status !== 0 && head.status !== 101;
    const answered = this.#kind === 'response' && !this.interim ? this.#answeredMethod() : methodKinds.other;
    const framing = framingOf(this.#kind, head, answered);
    if (framing === undefined) return this.#toOpaque(at, end, 'malformed');
    this.framing = framing;
    this.contentLength = framing === 'length' ? head.contentLength : 0;
    const tunnel = opensTunnel(head, answered);
    this.#closing = head.close || (head.minor === 0 && !head.keepAlive);
    this.bytes = bytes;
    this.start = start;
    this.end = headEnd;
    this.next = at;
    this.agentStart = head.agentStart;
    this.agentEnd = head.agentEnd;
    this.typeStart = head.typeStart;
    this.typeEnd = head.typeEnd;
    this.#sink.onHead(this);
    this.bytes = nothing;
    if (this.#state === OPAQUE) return end;
    if (tunnel) {
      this.#endMessage(at);
      return this.#toOpaque(at, end, 'upgrade');
    }
    return this.#enterBody(at);
  }

  /** The method of the request that `message` answers. */
  #answeredMethod(): MethodKind {
    while (this.#special.length > 0) {
      const first = this.#special[0];
      if (first === undefined || first.message > this.message) break;
      this.#special.shift();
      if (first.message === this.message) return first.method;
    }
    return methodKinds.other;
  }

  #enterBody(at: number): number {
    if (this.interim) {
      this.#state = BETWEEN;
      return at;
    }
    switch (this.framing) {
      case 'none':
        this.#endMessage(at);
        break;
      case 'length':
        this.#remaining = this.contentLength;
        this.#state = LENGTH;
        break;
      case 'chunked':
        this.#chunk.begin();
        this.#state = CHUNK_LINE;
        break;
      default:
        this.#state = UNTIL_CLOSE;
    }
    return at;
  }

  #body(chunk: Uint8Array, pos: number, end: number): number {
    const here = end - pos;
    if (here < this.#remaining) {
      this.#remaining -= here;
      this.#sink.onBody?.(chunk, pos, end);
      return end;
    }
    const stop = pos + this.#remaining;
    this.#sink.onBody?.(chunk, pos, stop);
    this.#endMessage(stop);
    return stop;
  }

  #chunkLine(chunk: Uint8Array, pos: number, end: number): number {
    const next = this.#chunk.scan(chunk, pos, end);
    if (next === INCOMPLETE) return end;
    if (next < 0) return this.#toOpaque(pos, end, 'malformed');
    const { size, extension } = this.#chunk;
    if (size === 0) {
      this.#state = TRAILERS;
      return next;
    }
    this.#sink.onChunk?.(size, extension);
    this.#remaining = size;
    this.#state = CHUNK_DATA;
    return next;
  }

  #chunkData(chunk: Uint8Array, pos: number, end: number): number {
    const stop = Math.min(end, pos + this.#remaining);
    this.#remaining -= stop - pos;
    this.#sink.onBody?.(chunk, pos, stop);
    if (this.#remaining === 0) {
      this.#chunk.afterData();
      this.#state = CHUNK_LINE;
    }
    return stop;
  }

  /** Trailers are rare and short: they are gathered first. */
  #trailers(chunk: Uint8Array, pos: number, end: number): number {
    const held = this.#held;
    const head = this.#head;
    const before = held.length;
    if (before === 0 && pos + 1 < end && chunk[pos] === CR && chunk[pos + 1] === LF) {
      this.#endMessage(pos + 2);
      return pos + 2;
    }
    if (before === 0) head.beginTrailers(0);
    const taken = Math.min(end - pos, headLimit - before);
    held.hold(chunk, pos, pos + taken);
    const found = head.scan(held.bytes, held.length);
    if (found === INCOMPLETE) {
      return held.length === headLimit ? this.#toOpaque(pos, end, 'limit') : end;
    }
    if (found < 0) return this.#toOpaque(pos, end, 'malformed');
    if (found > 2) this.#sink.onTrailers?.(held.bytes.subarray(0, found - 2));
    held.clear();
    const at = pos + found - before;
    this.#endMessage(at);
    return at;
  }

  #endMessage(at: number): void {
    const ended = this.message;
    this.message++;
    this.#begun = false;
    this.#state = this.#closing ? CLOSED : BETWEEN;
    this.#sink.onMessageEnd(ended, at);
  }

  #toOpaque(at: number, end: number, cause: OpaqueCause): number {
    this.abandon();
    this.#sink.onOpaque(at, cause);
    return end;
  }
}

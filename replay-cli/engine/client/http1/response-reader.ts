import type { HeaderField, ResponseHead } from '../../../../tape/exchange.ts';
import {
  type Http1Head,
  type Http1Sink,
  methodKinds,
  type OpaqueCause,
} from '../../../../wire/http1/events.ts';
import { parseResponseHead, parseTrailers } from '../../../../wire/http1/head.ts';
import { Http1Scanner } from '../../../../wire/http1/scanner.ts';
import type { ReplayTime } from '../../port.ts';

/** A response as it was read. */
export interface ReadResponse {
  readonly head: ResponseHead;
  readonly headAt: ReplayTime;
  readonly body: Uint8Array;
  readonly bodyDropped: number;
  readonly trailers: readonly HeaderField[];
}

/** Who waits for the next response of a connection. */
export interface Awaiting {
  onInterim(head: ResponseHead): void;
  onHead(head: ResponseHead): void;
  /** More of the body has come. `bytes` are kept by nobody else. */
  onBody?(bytes: Uint8Array): void;
  onEnd(response: ReadResponse): void;
}

/** Bytes of a body that are kept; the rest is counted. */
const bodyLimit = 16 * 1024 * 1024;

/** Reads the responses of one connection, in the order of their requests. Bytes in, calls out; it owns no socket. */
export class ResponseReader implements Http1Sink {
  readonly #scanner = new Http1Scanner('response', this);
  readonly #awaiting: Awaiting[] = [];
  #head: ResponseHead | undefined;
  #headAt = 0;
  #pieces: Uint8Array[] = [];
  #size = 0;
  #dropped = 0;
  #trailers: readonly HeaderField[] = [];
  /** Why nothing more can be read; `upgrade` where the last response said so. */
  broken: OpaqueCause | undefined;
  /** From where on that is so, in the chunk that was pushed last. */
  brokenAt = 0;

  /** Responses that have not come in whole. */
  get open(): number {
    return this.#awaiting.length;
  }

  expect(method: string, awaiting: Awaiting): void {
    const kind = method === 'HEAD' ? 'head' : method === 'CONNECT' ? 'connect' : 'other';
    this.#scanner.expect(methodKinds[kind]);
    this.#awaiting.push(awaiting);
  }

  push(chunk: Uint8Array): void {
    if (this.broken === undefined) this.#scanner.push(chunk, 0, chunk.length);
  }

  /** The peer closed its side: ends a body that lasts until then. */
  finish(): void {
    this.#scanner.finish();
  }

  onMessageBegin(): void {}

  onHead(raw: Http1Head): void {
    const head = parseResponseHead(raw.bytes.subarray(raw.start, raw.end));
    if (head === undefined) return;
    if (raw.interim) {
      this.#awaiting[0]?.onInterim(head);
      return;
    }
    this.#headAt = performance.now();
    this.#head = head;
    this.#awaiting[0]?.onHead(head);
  }

  onBody(chunk: Uint8Array, start: number, end: number): void {
    const room = Math.max(0, bodyLimit - this.#size);
    const kept = Math.min(room, end - start);
    if (kept > 0) this.#pieces.push(Buffer.from(chunk.subarray(start, start + kept)));
    this.#size += kept;
    this.#dropped += end - start - kept;
    this.#awaiting[0]?.onBody?.(chunk.subarray(start, end));
  }

  onTrailers(fields: Uint8Array): void {
    this.#trailers = parseTrailers(fields);
  }

  onMessageEnd(): void {
    this.#deliver();
  }

  onOpaque(at: number, cause: OpaqueCause): void {
    this.broken = cause;
    this.brokenAt = at;
  }

  /** What has come of the response at hand, its head at least. */
  get begun(): ReadResponse | undefined {
    const head = this.#head;
    if (head === undefined) return undefined;
    const [only = Buffer.alloc(0)] = this.#pieces;
    const body = this.#pieces.length > 1 ? Buffer.concat(this.#pieces) : only;
    return { head, headAt: this.#headAt, body, bodyDropped: this.#dropped, trailers: this.#trailers };
  }

  #deliver(): void {
    const response = this.begun;
    const awaiting = this.#awaiting.shift();
    this.#head = undefined;
    this.#pieces = [];
    this.#size = 0;
    this.#dropped = 0;
    this.#trailers = [];
    if (response !== undefined) awaiting?.onEnd(response);
  }
}

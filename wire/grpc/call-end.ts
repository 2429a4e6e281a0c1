import type { HeaderField } from '../../tape/exchange.ts';
import type { Dialect } from './call.ts';
import { MessageScanner } from './message-scanner.ts';
import { type CallOutcome, outcomeOf } from './outcome.ts';

/** Bytes kept of the frame that ends a stream, or of the body of a unary error; no server writes as many. */
const mostKept = 64 * 1024;

/** In the byte before a frame's length: it is no message but the end (gRPC-Web, Connect "Enveloped-Message"). */
const endFlags = 0x80 | 0x02;

const nothing = Buffer.alloc(0);

/**
 * Follows the body of a response for what says there how its call ended: the last frame of gRPC-Web and of Connect's
 * streams, the error of a unary Connect call. It jumps over messages, and keeps `mostKept` bytes at most.
 */
export class CallEnd {
  readonly #dialect: Dialect;
  readonly #head: { readonly status: number; readonly fields: readonly HeaderField[] };
  readonly #messages = new MessageScanner();
  /** Base64 of which less than a group of four has come. */
  #text = '';
  /** What has come of the frame at hand, its prefix with it, where it may be the last. */
  #kept = nothing;
  #keeps: boolean;

  /** `fields` are those of the response's head that tell a code or a compression. */
  constructor(dialect: Dialect, status: number, fields: readonly HeaderField[]) {
    this.#dialect = dialect;
    this.#head = { status, fields };
    this.#keeps = dialect === 'connect';
  }

  /** Takes the next bytes of the body, transfer coding taken off: `bytes` from `start` to `end`. */
  push(bytes: Uint8Array, start: number, end: number): void {
    if (this.#dialect === 'connect') this.#keep(bytes, start, end);
    else if (this.#dialect === 'grpc-web-text') {
      const decoded = this.#decode(bytes, start, end);
      this.#frames(decoded, 0, decoded.length);
    } else this.#frames(bytes, start, end);
  }

  /** How the call ended, once the body is whole; undefined where nothing says so. */
  get outcome(): CallOutcome | undefined {
    const dialect = this.#dialect === 'grpc-web-text' ? 'grpc-web' : this.#dialect;
    return outcomeOf({ dialect }, { head: this.#head, body: this.#kept });
  }

  #frames(bytes: Uint8Array, start: number, end: number): void {
    let at = start;
    while (at < end) {
      if (this.#messages.atBorder) {
        this.#keeps = ((bytes[at] ?? 0) & endFlags) !== 0;
        this.#kept = nothing;
      }
      const stop = Math.min(end, at + this.#messages.left);
      this.#keep(bytes, at, stop);
      this.#messages.push(bytes, at, stop);
      at = stop;
    }
  }

  #keep(bytes: Uint8Array, start: number, end: number): void {
    if (!this.#keeps) return;
    if (this.#kept.length + end - start > mostKept) {
      this.#keeps = false;
      this.#kept = nothing;
      return;
    }
    this.#kept = Buffer.concat([this.#kept, bytes.subarray(start, end)]);
  }

  /** Senders pad whenever they flush: each group of four is read by itself. */
  #decode(bytes: Uint8Array, start: number, end: number): Buffer {
    const text = this.#text + Buffer.from(bytes.subarray(start, end)).toString('latin1');
    const whole = text.length - (text.length % 4);
    this.#text = text.slice(whole);
    const groups = text.slice(0, whole).split(/(?<==)(?=[^=])/);
    return Buffer.concat(groups.map((group) => Buffer.from(group, 'base64')));
  }
}

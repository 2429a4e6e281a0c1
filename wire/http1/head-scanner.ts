import {
  COLON,
  CR,
  DEL,
  equalsIgnoringCase,
  isToken,
  LF,
  SPACE,
  skipBlank,
  TAB,
  trimBlank,
} from './bytes.ts';
import { type MethodKind, methodKinds } from './events.ts';
import {
  CONNECTION,
  CONTENT_LENGTH,
  CONTENT_TYPE,
  decimal,
  eachToken,
  endsInChunked,
  holdsTab,
  methodKind,
  PLAIN,
  specialName,
  TRANSFER_ENCODING,
  USER_AGENT,
} from './framing-fields.ts';

/** What `scan` returns where it does not return the position behind the head. */
export const INCOMPLETE = -1;
const MALFORMED = -2;

const METHOD = 0;
const TARGET = 1;
const VERSION = 2;
const STATUS = 3;
const REASON = 4;
const NAME = 5;
const VALUE = 6;

const methodLimit = 32;
const http1 = [0x48, 0x54, 0x54, 0x50, 0x2f, 0x31, 0x2e] as const;

/**
 * Reads a head (or trailer fields) byte by byte, once: checks it strictly (RFC 9112 sections 2 to 6, every line ended
 * by CRLF, no folded lines) and keeps what frames the message. It goes on where it stopped when more bytes have come
 * behind those it saw.
 */
export class HeadScanner {
  /** `HTTP/1.0` has 0, `HTTP/1.1` has 1. */
  minor = 0;
  method: MethodKind = methodKinds.other;
  status = 0;
  /** -1 where there is no Content-Length. */
  contentLength = -1;
  /** There is a Transfer-Encoding, and it ends in `chunked`. */
  chunked = false;
  close = false;
  keepAlive = false;
  /** Where the value of the first User-Agent begins and ends; -1 where there is none. */
  agentStart = -1;
  agentEnd = -1;
  /** Likewise of the first Content-Type. */
  typeStart = -1;
  typeEnd = -1;
  /** Whether the start line named HTTP/1: what fails before is not HTTP at all. */
  isHttp = false;

  #stage = METHOD;
  /** Where the thing now read begins: a method, a target, a field's name. */
  #start = 0;
  #valueStart = 0;
  #special = PLAIN;
  #pos = 0;
  #trailers = false;

  /** Makes ready for a request's or response's head that begins at `start`. */
  begin(kind: 'request' | 'response', start: number): void {
    this.minor = 0;
    this.method = methodKinds.other;
    this.status = 0;
    this.#clearFields();
    this.#trailers = false;
    this.isHttp = false;
    this.#stage = kind === 'request' ? METHOD : STATUS;
    this.#start = start;
    this.#pos = start;
  }

  /** Makes ready for trailer fields that begin at `start`. None of them may frame. */
  beginTrailers(start: number): void {
    this.#clearFields();
    this.#trailers = true;
    this.#stage = NAME;
    this.#start = start;
    this.#pos = start;
  }

  #clearFields(): void {
    this.contentLength = -1;
    this.chunked = false;
    this.close = false;
    this.keepAlive = false;
    this.agentStart = -1;
    this.agentEnd = -1;
    this.typeStart = -1;
    this.typeEnd = -1;
  }

  /** The bytes that were scanned so far now stand `by` bytes earlier, in another buffer. */
  rebase(by: number): void {
    this.#start -= by;
    this.#valueStart -= by;
    this.#pos -= by;
    if (this.agentStart !== -1) {
      this.agentStart -= by;
      this.agentEnd -= by;
    }
    if (this.typeStart !== -1) {
      this.typeStart -= by;
      this.typeEnd -= by;
    }
  }

  /**
   * Goes on to `end` at most. Returns the position behind the final empty line, `INCOMPLETE`, or `MALFORMED`; it judges
   * what has come, so that bytes which cannot become a head are told at once.
   */
  scan(bytes: Uint8Array, end: number): number {
    let pos = this.#pos;
    if (this.#stage <= VERSION) pos = this.#requestLine(bytes, pos, end);
    else if (this.#stage <= REASON) pos = this.#statusLine(bytes, pos, end);
    if (pos < 0) return pos;
    return this.#fields(bytes, pos, end);
  }

  #requestLine(bytes: Uint8Array, from: number, end: number): number {
    let pos = from;
    if (this.#stage === METHOD) {
      while (pos < end && isToken[bytes[pos] ?? 0] === 1) pos++;
      const length = pos - this.#start;
      if (length > methodLimit) return MALFORMED;
      if (pos === end) return this.#wait(pos);
      if (length === 0 || bytes[pos] !== SPACE) return MALFORMED;
      this.method = methodKind(bytes, this.#start, pos);
      pos++;
      this.#stage = TARGET;
      this.#start = pos;
    }
    if (this.#stage === TARGET) {
      while (pos < end) {
        const c = bytes[pos] ?? 0;
        if (c <= SPACE || c === DEL) break;
        pos++;
      }
      if (pos === end) return this.#wait(pos);
      if (pos === this.#start || bytes[pos] !== SPACE) return MALFORMED;
      pos++;
      this.#stage = VERSION;
    }
    const found = this.#version(bytes, pos, end);
    if (found < 0) return found;
    return this.#lineEnd(bytes, pos, found, end);
  }

  #statusLine(bytes: Uint8Array, from: number, end: number): number {
    let pos = from;
    if (this.#stage === STATUS) {
      pos = this.#version(bytes, from, end);
      if (pos < 0) return pos;
      const stop = Math.min(end, pos + 4);
      for (let i = pos; i < stop; i++) {
        const c = bytes[i] ?? 0;
        if (i === pos ? c !== SPACE : c < 48 || c > 57) return MALFORMED;
      }
      if (stop < pos + 4) return this.#wait(from);
      const digit = (i: number): number => (bytes[pos + i] ?? 0) - 48;
      this.status = digit(1) * 100 + digit(2) * 10 + digit(3);
      if (this.status < 100) return MALFORMED;
      pos += 4;
      if (pos === end) return this.#wait(from);
      if (bytes[pos] !== SPACE) return this.#lineEnd(bytes, from, pos, end);
      this.#stage = REASON;
    }
    pos = textEnd(bytes, pos, end);
    if (pos === end) return this.#wait(pos);
    return this.#lineEnd(bytes, pos, pos, end);
  }

  /** `HTTP/1.0` or `HTTP/1.1` at `from`: the position behind it. */
  #version(bytes: Uint8Array, from: number, end: number): number {
    const stop = Math.min(end, from + 7);
    for (let i = from; i < stop; i++) {
      if (bytes[i] !== http1[i - from]) return MALFORMED;
    }
    if (end < from + 8) return this.#wait(from);
    const minor = (bytes[from + 7] ?? 0) - 48;
    if (minor !== 0 && minor !== 1) return MALFORMED;
    this.minor = minor;
    this.isHttp = true;
    return from + 8;
  }

  /** CRLF at `pos` ends the start line. `resume` is where to begin again if it has not come. */
  #lineEnd(bytes: Uint8Array, resume: number, pos: number, end: number): number {
    if (pos < end && bytes[pos] !== CR) return MALFORMED;
    if (pos + 1 >= end) return this.#wait(resume);
    if (bytes[pos + 1] !== LF) return MALFORMED;
    this.#stage = NAME;
    this.#start = pos + 2;
    return pos + 2;
  }

  #wait(pos: number): number {
    this.#pos = pos;
    return INCOMPLETE;
  }

  #fields(bytes: Uint8Array, from: number, end: number): number {
    let pos = from;
    let start = this.#start;
    let valueStart = this.#valueStart;
    let special = this.#special;
    let stage = this.#stage;
    for (;;) {
      if (stage === NAME) {
        while (pos < end && isToken[bytes[pos] ?? 0] === 1) pos++;
        if (pos === end) break;
        if (bytes[pos] !== COLON) {
          if (bytes[pos] !== CR || pos !== start) return MALFORMED;
          if (pos + 1 === end) break;
          return bytes[pos + 1] === LF ? pos + 2 : MALFORMED;
        }
        if (pos === start) return MALFORMED;
        special = specialName(bytes, start, pos);
        pos++;
        valueStart = pos;
        stage = VALUE;
      }
      while (pos < end) {
        const c = bytes[pos] ?? 0;
        if (c > 31 ? c === DEL : c !== TAB) break;
        pos++;
      }
      if (pos === end) break;
      if (bytes[pos] !== CR) return MALFORMED;
      if (pos + 1 === end) break;
      if (bytes[pos + 1] !== LF) return MALFORMED;
      if (special !== PLAIN && !this.#take(special, bytes, valueStart, pos)) return MALFORMED;
      pos += 2;
      start = pos;
      stage = NAME;
    }
    this.#start = start;
    this.#valueStart = valueStart;
    this.#special = special;
    this.#stage = stage;
    return this.#wait(pos);
  }

  /**
   * Keeps the value of a field that frames; false where it does so in a way that readers differ over. A tab behind the
   * value, which is valid, is such a way: some readers in wide use take it for a part of the value.
   */
  #take(special: number, bytes: Uint8Array, valueStart: number, valueEnd: number): boolean {
    const start = skipBlank(bytes, valueStart, valueEnd);
    const end = trimBlank(bytes, start, valueEnd);
    if (special === USER_AGENT) {
      if (this.agentStart === -1) {
        this.agentStart = start;
        this.agentEnd = end;
      }
      return true;
    }
    if (special === CONTENT_TYPE) {
      if (this.typeStart === -1) {
        this.typeStart = start;
        this.typeEnd = end;
      }
      return true;
    }
    if (special !== CONNECTION && (this.#trailers || holdsTab(bytes, start, valueEnd))) return false;
    if (special === CONTENT_LENGTH) {
      if (this.contentLength !== -1) return false;
      this.contentLength = decimal(bytes, start, end);
      return this.contentLength !== -1;
    }
    if (special === TRANSFER_ENCODING) {
      if (this.chunked) return false;
      this.chunked = endsInChunked(bytes, start, end);
      return this.chunked;
    }
    this.#takeConnection(bytes, start, end);
    return true;
  }

  #takeConnection(bytes: Uint8Array, start: number, end: number): void {
    if (equalsIgnoringCase(bytes, start, end, 'keep-alive')) {
      this.keepAlive = true;
      return;
    }
    eachToken(bytes, start, end, (from, to) => {
      if (equalsIgnoringCase(bytes, from, to, 'close')) this.close = true;
      else if (equalsIgnoringCase(bytes, from, to, 'keep-alive')) this.keepAlive = true;
    });
  }
}

/** The position of the first byte that cannot stand in a reason phrase or a field's value, at most `end`. */
function textEnd(bytes: Uint8Array, from: number, end: number): number {
  let pos = from;
  while (pos < end) {
    const c = bytes[pos] ?? 0;
    if (c > 31 ? c === DEL : c !== TAB) break;
    pos++;
  }
  return pos;
}

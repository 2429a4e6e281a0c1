import { CR, DEL, hexValue, LF, SEMICOLON, TAB } from './bytes.ts';

/** Bytes of one chunk's extension past which a body counts as malformed. */
const extensionLimit = 4096;

const SIZE = 0;
const EXTENSION = 1;
const SIZE_LF = 2;
const DATA_CR = 3;
const DATA_LF = 4;

/** What `scan` returns where it does not return a position. */
const INCOMPLETE = -1;
const MALFORMED = -2;

/**
 * Reads what stands between the data of a chunked body's chunks (RFC 9112 section 7.1): the line with the size and the
 * extension, and the CRLF behind the data. Strict: a size of hexadecimal digits alone, every line ended by CRLF.
 */
export class ChunkScanner {
  size = 0;
  /** As sent, with its semicolon, where `keepExtension`. */
  extension = '';
  readonly #keepExtension: boolean;
  #stage = SIZE;
  #digits = 0;
  #extensionBytes = 0;

  constructor(keepExtension: boolean) {
    this.#keepExtension = keepExtension;
  }

  /** Makes ready for the first chunk's size. */
  begin(): void {
    this.#stage = SIZE;
    this.#beginSize();
  }

  /** Makes ready for the CRLF behind a chunk's data and the next size. */
  afterData(): void {
    this.#stage = DATA_CR;
    this.#beginSize();
  }

  #beginSize(): void {
    this.size = 0;
    this.extension = '';
    this.#digits = 0;
    this.#extensionBytes = 0;
  }

  /** The position behind the size's line, `INCOMPLETE` when all up to `end` was taken, or `MALFORMED`. */
  scan(bytes: Uint8Array, from: number, end: number): number {
    let pos = from;
    while (pos < end) {
      const c = bytes[pos] ?? 0;
      switch (this.#stage) {
        case DATA_CR:
          if (c !== CR) return MALFORMED;
          this.#stage = DATA_LF;
          break;
        case DATA_LF:
          if (c !== LF) return MALFORMED;
          this.#stage = SIZE;
          break;
        case SIZE:
          if (!this.#takeSize(c)) return MALFORMED;
          break;
        case EXTENSION:
          if (!this.#takeExtension(c)) return MALFORMED;
          break;
        default:
          return c === LF ? pos + 1 : MALFORMED;
      }
      pos++;
    }
    return INCOMPLETE;
  }

  #takeSize(c: number): boolean {
    const digit = hexValue[c] ?? 255;
    if (digit < 16) {
      this.size = this.size * 16 + digit;
      this.#digits = 1;
      return this.size <= Number.MAX_SAFE_INTEGER;
    }
    if (this.#digits === 0) return false;
    if (c === CR) {
      this.#stage = SIZE_LF;
      return true;
    }
    this.#stage = EXTENSION;
    return c === SEMICOLON && this.#takeExtension(c);
  }

  #takeExtension(c: number): boolean {
    if (c === CR) {
      this.#stage = SIZE_LF;
      return true;
    }
    if (c > 31 ? c === DEL : c !== TAB) return false;
    this.#extensionBytes++;
    if (this.#keepExtension) this.extension += String.fromCharCode(c);
    return this.#extensionBytes <= extensionLimit;
  }
}

import { isUtf8 } from 'node:buffer';

/** A body as text, and the way back. The way there and back changes no byte. */
export interface Decoded {
  readonly text: string;
  /** Whether it is UTF-16. */
  readonly wide: boolean;
  encode(text: string): Uint8Array;
}

const oneByte = /^(iso-?8859-\d+|latin-?1|windows-125\d|us-ascii|ascii)$/;

/**
 * Decodes by the charset given, or UTF-8. `undefined` where the bytes are not of that charset, or it is one that
 * cannot be written back. The cut-off beginning of a character at the end of a cut body is left out.
 */
export function decode(bytes: Uint8Array, charset: string | undefined, cut: boolean): Decoded | undefined {
  const name = (charset ?? 'utf-8').toLowerCase();
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // It writes letters as others: an address in it looks like none.
  if (/^(unicode-.*)?utf-?7/.test(name)) return undefined;
  const marked = buffer[0] === 0xff && buffer[1] === 0xfe;
  // Who says UTF-16 and writes plain UTF-8 is taken for what was written.
  if ((name === 'utf-16le' || (name === 'utf-16' && marked)) && (marked || buffer.includes(0))) {
    if (buffer.length % 2 === 1 && !cut) return undefined;
    const encode = (text: string): Uint8Array => Buffer.from(text, 'utf16le');
    return { text: buffer.toString('utf16le'), wide: true, encode };
  }
  if (name === 'utf-8' || name === 'utf8' || isUtf8(bytes)) {
    const until = cut ? wholeCharacters(buffer) : buffer.length;
    const whole = buffer.subarray(0, until);
    if (!isUtf8(whole)) return undefined;
    return { text: whole.toString('utf8'), wide: false, encode: (text) => Buffer.from(text, 'utf8') };
  }
  if (oneByte.test(name)) {
    return { text: buffer.toString('latin1'), wide: false, encode: (text) => Buffer.from(text, 'latin1') };
  }
  return undefined;
}

/** How many bytes hold whole UTF-8 characters, with at most three cut off. */
function wholeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const needs = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return needs > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

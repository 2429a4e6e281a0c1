import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import type { HeaderField } from '../../tape/exchange.ts';
import { indentJson } from './indent-json.ts';
import { printableLines } from './printable.ts';

/** What a decoded body may grow to, bytes. */
const decodedLimit = 16 * 1024 * 1024;
/** What is shown of a body: characters of text, bytes of anything else. */
const textLimit = 64 * 1024;
const binaryLimit = 512;

const decoders: Readonly<
  Record<string, (bytes: Uint8Array, options: { maxOutputLength: number }) => Buffer>
> = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
};

/** A body made readable. */
export interface ReadableBody {
  /** What was done to it and what is not shown, in a few words each. */
  readonly notes: readonly string[];
  readonly text: string;
}

/** Takes content coding off, sets JSON out in lines, and shows what is no text as a hex dump. Never throws. */
export function readableBody(bytes: Uint8Array, fields: readonly HeaderField[]): ReadableBody {
  const { content, notes } = decoded(bytes, fields);
  const text = asText(content);
  if (text === undefined) return hexDump(content, notes);
  const shown = printableLines(indentJson(text) ?? text);
  if (shown.length <= textLimit) return { notes, text: shown };
  const left = shown.length - textLimit;
  return { notes: [...notes, `${left} more characters are not shown`], text: shown.slice(0, textLimit) };
}

interface Decoded {
  readonly content: Uint8Array;
  readonly notes: readonly string[];
}

/** Undoes the codings from the last to the first (RFC 9110 section 8.4); stops at one that it cannot undo. */
function decoded(bytes: Uint8Array, fields: readonly HeaderField[]): Decoded {
  const codings = fields
    .filter(([name]) => name.toLowerCase() === 'content-encoding')
    .flatMap(([, codes]) => codes.split(','))
    .map((code) => code.trim().toLowerCase())
    .filter((code) => code !== '' && code !== 'identity');
  const notes: string[] = [];
  let content = bytes;
  for (const coding of bytes.length === 0 ? [] : codings.toReversed()) {
    const decode = decoders[coding];
    if (decode === undefined) return { content, notes: [...notes, `coded as ${printableLines(coding)}`] };
    try {
      content = decode(content, { maxOutputLength: decodedLimit });
      notes.push(`${coding} taken off`);
    } catch {
      return { content, notes: [...notes, `${coding} that does not decode (cut off, or too large)`] };
    }
  }
  return { content, notes };
}

function asText(content: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(content);
    // A text may hold an escape sequence; one that holds zeros is none.
    return text.includes('\u0000') ? undefined : text;
  } catch {
    return undefined;
  }
}

function hexDump(content: Uint8Array, notes: readonly string[]): ReadableBody {
  const shown = content.subarray(0, binaryLimit);
  const lines: string[] = [];
  for (let at = 0; at < shown.length; at += 16) {
    const row = [...shown.subarray(at, at + 16)];
    const hex = row.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const characters = row
      .map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : '.'))
      .join('');
    lines.push(`${at.toString(16).padStart(6, '0')}  ${hex.padEnd(47)}  ${characters}`);
  }
  const left = content.length - shown.length;
  const rest = left > 0 ? [`${left} more bytes are not shown`] : [];
  return { notes: [...notes, 'not text', ...rest], text: lines.join('\n') };
}

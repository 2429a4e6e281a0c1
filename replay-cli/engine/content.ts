import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { looksBinary } from '../../sanitizers/bodies/body.ts';
import type { HeaderField } from '../../tape/exchange.ts';
import { fieldValue } from '../../wire/http1/head.ts';

/** A body, content coding taken off, as text where it is text. */
export type Content =
  | { readonly kind: 'json' | 'form' | 'html' | 'text'; readonly text: string }
  | { readonly kind: 'binary'; readonly bytes: Uint8Array };

/** Bytes of a body that are looked into; longer ones are compared as bytes and bring no values. */
const contentLimit = 4 * 1024 * 1024;
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads a body by its head's fields. Never throws: what cannot be read is binary. */
export function readContent(fields: readonly HeaderField[], body: Uint8Array): Content {
  const bytes = decode(fieldValue(fields, 'content-encoding'), body);
  if (bytes === undefined || bytes.length > contentLimit) return { kind: 'binary', bytes: bytes ?? body };
  const media = mediaOf(fieldValue(fields, 'content-type') ?? '');
  const kind = kindOf(media, bytes);
  const text = kind === undefined && !saysNothing.has(media) ? undefined : textOf(bytes);
  if (text === undefined || (kind === undefined && looksBinary(text))) return { kind: 'binary', bytes };
  return { kind: kind ?? (looksLikeHtml(text) ? 'html' : 'text'), text };
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** One message of a stream: JSON where it looks like it, text where it is said to be (`isText`), else binary. */
export function textContent(bytes: Uint8Array, isText: boolean): Content {
  if (!isText && !looksLikeJson(bytes)) return { kind: 'binary', bytes };
  const text = textOf(bytes);
  if (text === undefined) return { kind: 'binary', bytes };
  return { kind: looksLikeJson(bytes) ? 'json' : 'text', text };
}

function mediaOf(type: string): string {
  return type.split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

function kindOf(media: string, bytes: Uint8Array): 'json' | 'form' | 'html' | 'text' | undefined {
  if (/[/+]json$/.test(media)) return 'json';
  if (media === 'application/x-www-form-urlencoded') return 'form';
  if (media === 'text/html' || media === 'application/xhtml+xml') return 'html';
  // Services that name no type, or a wrong one, often send JSON all the same.
  if ((saysNothing.has(media) || media === 'text/plain') && looksLikeJson(bytes)) return 'json';
  if (media.startsWith('text/') || /[/+](xml|javascript)$/.test(media)) return 'text';
  return undefined;
}

/** Types that say nothing of what is in the body: its looks tell, as they do when it is scrubbed. */
const saysNothing: ReadonlySet<string> = new Set(['', 'application/octet-stream']);

function looksLikeJson(bytes: Uint8Array): boolean {
  const first = bytes.find((byte) => byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d);
  return first === 0x7b || first === 0x5b;
}

function looksLikeHtml(text: string): boolean {
  return /^\s{0,64}<(?:!doctype html|html|head|body)\b/i.test(text);
}

function decode(encoding: string | undefined, body: Uint8Array): Uint8Array | undefined {
  const codings = (encoding ?? '').split(',').map((coding) => coding.trim().toLowerCase());
  let bytes = body;
  for (const coding of codings.reverse()) {
    const decoded = decodeOne(coding, bytes);
    if (decoded === undefined) return undefined;
    bytes = decoded;
  }
  return bytes;
}

function decodeOne(coding: string, body: Uint8Array): Uint8Array | undefined {
  const limit = { maxOutputLength: contentLimit };
  try {
    switch (coding) {
      case '':
      case 'identity':
        return body;
      case 'gzip':
      case 'x-gzip':
        return gunzipSync(body, limit);
      case 'deflate':
        return inflate(body, limit);
      case 'br':
        return brotliDecompressSync(body, limit);
      case 'zstd':
        return zstdDecompressSync(body, limit);
      default:
        return undefined;
    }
  } catch {
    return undefined;
  }
}

/** RFC 9110 section 8.4.1.2: some senders leave the zlib wrapper out. */
function inflate(body: Uint8Array, limit: { readonly maxOutputLength: number }): Uint8Array {
  try {
    return inflateSync(body, limit);
  } catch {
    return inflateRawSync(body, limit);
  }
}

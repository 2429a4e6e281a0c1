import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib';
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
  const kind = kindOf(fieldValue(fields, 'content-type') ?? '', bytes);
  if (kind === undefined) return { kind: 'binary', bytes };
  try {
    return { kind, text: utf8.decode(bytes) };
  } catch {
    return { kind: 'binary', bytes };
  }
}

/** One message of a stream: JSON where it looks like it, text where it is said to be (`isText`), else binary. */
export function textContent(bytes: Uint8Array, isText: boolean): Content {
  if (!isText && !looksLikeJson(bytes)) return { kind: 'binary', bytes };
  try {
    return { kind: looksLikeJson(bytes) ? 'json' : 'text', text: utf8.decode(bytes) };
  } catch {
    return { kind: 'binary', bytes };
  }
}

function kindOf(type: string, bytes: Uint8Array): 'json' | 'form' | 'html' | 'text' | undefined {
  const media = type.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (/[/+]json$/.test(media)) return 'json';
  if (media === 'application/x-www-form-urlencoded') return 'form';
  if (media === 'text/html' || media === 'application/xhtml+xml') return 'html';
  // Services that name no type, or a wrong one, often send JSON all the same.
  if (unsaid.has(media) && looksLikeJson(bytes)) return 'json';
  if (media.startsWith('text/') || /[/+](xml|javascript)$/.test(media)) return 'text';
  return undefined;
}

/** Types that say nothing of what is in the body. */
const unsaid: ReadonlySet<string> = new Set(['', 'application/octet-stream', 'text/plain']);

function looksLikeJson(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7b || bytes[0] === 0x5b;
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

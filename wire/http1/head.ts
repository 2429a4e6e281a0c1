import type { HeaderField, RequestHead, ResponseHead } from '../../tape/exchange.ts';
import { HeadScanner } from './head-scanner.ts';

/** Any head's bytes as text, one character a byte. */
function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

function isWhole(kind: 'request' | 'response', bytes: Uint8Array): boolean {
  const scanner = new HeadScanner();
  scanner.begin(kind, 0);
  return scanner.scan(bytes, bytes.length) === bytes.length;
}

/**
 * The request head that `bytes` spell: start line, fields and the final empty line, and nothing behind it.
 * `undefined` where the scanner does not accept it. `serializeRequestHead` gives the same bytes back.
 */
export function parseRequestHead(bytes: Uint8Array): RequestHead | undefined {
  if (!isWhole('request', bytes)) return undefined;
  const text = latin1(bytes);
  const lineEnd = text.indexOf('\r\n');
  const methodEnd = text.indexOf(' ');
  const targetEnd = text.lastIndexOf(' ', lineEnd);
  return {
    method: text.slice(0, methodEnd),
    target: text.slice(methodEnd + 1, targetEnd),
    version: text.slice(targetEnd + 1, lineEnd),
    fields: fieldsOf(text, lineEnd + 2),
  };
}

/** As `parseRequestHead`, for the head of a final or interim response. */
export function parseResponseHead(bytes: Uint8Array): ResponseHead | undefined {
  if (!isWhole('response', bytes)) return undefined;
  const text = latin1(bytes);
  const lineEnd = text.indexOf('\r\n');
  const reasonStart = text[12] === ' ' ? 13 : lineEnd;
  return {
    version: text.slice(0, 8),
    status: Number(text.slice(9, 12)),
    reason: text.slice(reasonStart, lineEnd),
    ...(lineEnd === 12 ? { bare: true as const } : {}),
    fields: fieldsOf(text, lineEnd + 2),
  };
}

/** Trailer fields as `Http1Sink.onTrailers` gives them. */
export function parseTrailers(bytes: Uint8Array): HeaderField[] {
  return fieldsOf(latin1(bytes), 0);
}

function fieldsOf(text: string, from: number): HeaderField[] {
  const fields: HeaderField[] = [];
  let start = from;
  for (;;) {
    const end = text.indexOf('\r\n', start);
    if (end <= start) return fields;
    const colon = text.indexOf(':', start);
    let value = colon + 1;
    while (value < end && (text[value] === ' ' || text[value] === '\t')) value++;
    const name = text.slice(start, colon);
    const separator = text.slice(colon, value);
    fields.push(
      separator === ': ' ? [name, text.slice(value, end)] : [name, text.slice(value, end), separator],
    );
    start = end + 2;
  }
}

/** The head as it stands on the wire, with the final empty line. */
export function serializeRequestHead(head: RequestHead): Buffer {
  return Buffer.from(
    `${head.method} ${head.target} ${head.version}\r\n${fieldLines(head.fields)}\r\n`,
    'latin1',
  );
}

/** Trailer fields as they stand on the wire, without the final empty line. */
export function serializeTrailers(fields: readonly HeaderField[]): Buffer {
  return Buffer.from(fieldLines(fields), 'latin1');
}

function fieldLines(fields: readonly HeaderField[]): string {
  return fields.map(([name, value, separator = ': ']) => `${name}${separator}${value}\r\n`).join('');
}

/** The value of the first field of that name, in any case, blanks around it taken off. */
export function fieldValue(fields: readonly HeaderField[], name: string): string | undefined {
  const lower = name.toLowerCase();
  return fields.find((field) => field[0].toLowerCase() === lower)?.[1].trim();
}

/** The value of a cookie of that name in the request's Cookie fields (RFC 6265 section 4.2). */
export function cookieValue(fields: readonly HeaderField[], name: string): string | undefined {
  for (const field of fields) {
    if (field[0].toLowerCase() !== 'cookie') continue;
    const value = cookieIn(field[1], name);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** The value of cookie `name` in the text of one Cookie field. */
export function cookieIn(text: string, name: string): string | undefined {
  for (const pair of text.split(';')) {
    const equals = pair.indexOf('=');
    if (equals !== -1 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return undefined;
}

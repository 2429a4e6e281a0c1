import { COMMA, equalsIgnoringCase, skipBlank, TAB, trimBlank } from './bytes.ts';
import { type MethodKind, methodKinds } from './events.ts';

/* What of a head the scanner looks at, read from raw bytes: above all, what decides how a message is framed. */

/** Fields that the scanner tells from all others. */
export const PLAIN = 0;
export const CONTENT_LENGTH = 1;
export const TRANSFER_ENCODING = 2;
export const CONNECTION = 3;
export const USER_AGENT = 4;
export const CONTENT_TYPE = 5;

const transferCodings = ['gzip', 'x-gzip', 'deflate', 'compress', 'x-compress'];

export function methodKind(bytes: Uint8Array, start: number, end: number): MethodKind {
  if (end - start === 4 && bytes[start] === 0x48 && spells(bytes, start, 'HEAD')) return methodKinds.head;
  if (end - start === 7 && bytes[start] === 0x43 && spells(bytes, start, 'CONNECT'))
    return methodKinds.connect;
  return methodKinds.other;
}

function spells(bytes: Uint8Array, start: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** Names are told apart by their length first: most fields cost one comparison. */
export function specialName(bytes: Uint8Array, start: number, end: number): number {
  switch (end - start) {
    case 10:
      if (equalsIgnoringCase(bytes, start, end, 'connection')) return CONNECTION;
      return equalsIgnoringCase(bytes, start, end, 'user-agent') ? USER_AGENT : PLAIN;
    case 12:
      return equalsIgnoringCase(bytes, start, end, 'content-type') ? CONTENT_TYPE : PLAIN;
    case 14:
      return equalsIgnoringCase(bytes, start, end, 'content-length') ? CONTENT_LENGTH : PLAIN;
    case 16:
      return equalsIgnoringCase(bytes, start, end, 'proxy-connection') ? CONNECTION : PLAIN;
    case 17:
      return equalsIgnoringCase(bytes, start, end, 'transfer-encoding') ? TRANSFER_ENCODING : PLAIN;
    default:
      return PLAIN;
  }
}

export function holdsTab(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] === TAB) return true;
  return false;
}

/** A number of decimal digits alone that an integer holds exactly; else -1. */
export function decimal(bytes: Uint8Array, start: number, end: number): number {
  if (start === end) return -1;
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = (bytes[i] ?? 0) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
    if (value > Number.MAX_SAFE_INTEGER) return -1;
  }
  return value;
}

/**
 * `chunked`, alone or as the last of known codings. All else (`xchunked`, `chunked, chunked`, `identity`) is framed
 * differently by different readers (RFC 9112 section 6.1).
 */
export function endsInChunked(bytes: Uint8Array, start: number, end: number): boolean {
  if (equalsIgnoringCase(bytes, start, end, 'chunked')) return true;
  let last = false;
  let known = true;
  eachToken(bytes, start, end, (from, to) => {
    if (last) known = false;
    last = equalsIgnoringCase(bytes, from, to, 'chunked');
    if (!last && !transferCodings.some((coding) => equalsIgnoringCase(bytes, from, to, coding)))
      known = false;
  });
  return last && known;
}

/** Elements of a comma-separated list, blanks around them taken off (RFC 9110 section 5.6.1). */
export function eachToken(
  bytes: Uint8Array,
  start: number,
  end: number,
  visit: (from: number, to: number) => void,
): void {
  let from = start;
  for (let pos = start; pos <= end; pos++) {
    if (pos < end && bytes[pos] !== COMMA) continue;
    const left = skipBlank(bytes, from, pos);
    visit(left, trimBlank(bytes, left, pos));
    from = pos + 1;
  }
}

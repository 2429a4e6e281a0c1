/** Bytes that frame HTTP/1 messages. */
export const TAB = 9;
export const LF = 10;
export const CR = 13;
export const SPACE = 32;
export const COMMA = 44;
export const COLON = 58;
export const SEMICOLON = 59;
export const DEL = 127;

const marks = "!#$%&'*+-.^_`|~";

/** 1 for the bytes of a token (RFC 9110 section 5.6.2), else 0. */
export const isToken: Uint8Array = new Uint8Array(256);
for (let c = 0; c < 128; c++) {
  const letter = (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122);
  if (letter || marks.includes(String.fromCharCode(c))) isToken[c] = 1;
}

/** The value of a hexadecimal digit's byte, 255 for every other byte. */
export const hexValue: Uint8Array = new Uint8Array(256).fill(255);
for (let v = 0; v < 16; v++) {
  hexValue[v.toString(16).charCodeAt(0)] = v;
  hexValue[v.toString(16).toUpperCase().charCodeAt(0)] = v;
}

/** Whether the bytes from `start` to `end` spell `lower`, a text of lower-case ASCII, in any case. */
export function equalsIgnoringCase(bytes: Uint8Array, start: number, end: number, lower: string): boolean {
  if (end - start !== lower.length) return false;
  for (let i = 0; i < lower.length; i++) {
    const c = bytes[start + i] ?? 0;
    const folded = c >= 65 && c <= 90 ? c | 32 : c;
    if (folded !== lower.charCodeAt(i)) return false;
  }
  return true;
}

/** The first position from `start` on that is neither space nor tab, at most `end`. */
export function skipBlank(bytes: Uint8Array, start: number, end: number): number {
  let pos = start;
  while (pos < end && (bytes[pos] === SPACE || bytes[pos] === TAB)) pos++;
  return pos;
}

/** The position behind the last byte before `end` that is neither space nor tab, at least `start`. */
export function trimBlank(bytes: Uint8Array, start: number, end: number): number {
  let pos = end;
  while (pos > start && (bytes[pos - 1] === SPACE || bytes[pos - 1] === TAB)) pos--;
  return pos;
}

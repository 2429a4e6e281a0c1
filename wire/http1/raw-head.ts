import { COLON, CR, equalsIgnoringCase, SPACE, skipBlank, trimBlank } from './bytes.ts';
import type { Http1Head } from './events.ts';

/*
 * What an observer reads out of a head that the scanner has accepted, without parsing the rest of it. Only what is
 * asked for becomes a string (latin1).
 */

type Head = Pick<Http1Head, 'bytes' | 'start' | 'end'>;

/** The request's target, exactly as sent. */
export function targetOf(head: Head): string {
  const start = behindToken(head, head.start) + 1;
  return text(head, start, behindToken(head, start));
}

/** The value of the first field called `lowerName`, blanks around it taken off. */
export function fieldOf(head: Head, lowerName: string): string | undefined {
  const line = lineOf(head, head.bytes.indexOf(CR, head.start) + 2, lowerName);
  return line === -1 ? undefined : valueIn(head, line + lowerName.length + 1);
}

/** The values of all fields called `lowerName`, in order. */
export function fieldsOf(head: Head, lowerName: string): string[] {
  const { bytes } = head;
  const found: string[] = [];
  let line = lineOf(head, bytes.indexOf(CR, head.start) + 2, lowerName);
  while (line !== -1) {
    found.push(valueIn(head, line + lowerName.length + 1));
    line = lineOf(head, bytes.indexOf(CR, line) + 2, lowerName);
  }
  return found;
}

/** Where the first field called `lowerName` begins, from the field line at `line` on; -1 where there is none. */
function lineOf({ bytes }: Head, line: number, lowerName: string): number {
  for (let at = line; bytes[at] !== CR; at = bytes.indexOf(CR, at) + 2) {
    const nameEnd = at + lowerName.length;
    if (bytes[nameEnd] === COLON && equalsIgnoringCase(bytes, at, nameEnd, lowerName)) return at;
  }
  return -1;
}

function valueIn(head: Head, from: number): string {
  const lineEnd = head.bytes.indexOf(CR, from);
  const start = skipBlank(head.bytes, from, lineEnd);
  return text(head, start, trimBlank(head.bytes, start, lineEnd));
}

function behindToken(head: Head, from: number): number {
  let pos = from;
  while (head.bytes[pos] !== SPACE) pos++;
  return pos;
}

function text(head: Head, start: number, end: number): string {
  return Buffer.from(head.bytes.buffer, head.bytes.byteOffset, head.bytes.byteLength).toString(
    'latin1',
    start,
    end,
  );
}

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
  const { bytes } = head;
  let line = bytes.indexOf(CR, head.start) + 2;
  while (bytes[line] !== CR) {
    const lineEnd = bytes.indexOf(CR, line);
    const nameEnd = line + lowerName.length;
    if (bytes[nameEnd] === COLON && equalsIgnoringCase(bytes, line, nameEnd, lowerName)) {
      const start = skipBlank(bytes, nameEnd + 1, lineEnd);
      return text(head, start, trimBlank(bytes, start, lineEnd));
    }
    line = lineEnd + 2;
  }
  return undefined;
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

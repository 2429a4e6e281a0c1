import type { Assignment } from './assignment.ts';

const longestHeader = 4096;
const cell = /^"?[\p{L}_][\p{L}\p{Nd}_ .-]{0,63}"?$/u;

/** Finds the values of a table's columns by the names in its first line: CSV (RFC 4180), also with `;`, tab or `|`. */
export function columns(text: string, wanted: (name: string) => boolean): readonly Assignment[] {
  const end = text.indexOf('\n');
  if (end === -1 || end > longestHeader) return [];
  const header = text.slice(0, end).trimEnd();
  const separator = /[,;\t|]/.exec(header)?.[0];
  if (separator === undefined) return [];
  const names = header.split(separator).map((name) => name.trim());
  if (!names.some((name) => wanted(name)) || !names.every((name) => cell.test(name))) return [];
  return cells(text, end + 1, separator).flatMap(({ column, start, end }) => {
    const name = names[column];
    return name !== undefined && end > start && wanted(name) ? [{ name, start, end }] : [];
  });
}

interface Cell {
  readonly column: number;
  readonly start: number;
  readonly end: number;
}

function cells(text: string, from: number, separator: string): readonly Cell[] {
  const found: Cell[] = [];
  let column = 0;
  for (let at = from; at <= text.length; at++) {
    const quoted = text[at] === '"';
    const start = quoted ? at + 1 : at;
    const end = quoted ? closingQuote(text, start) : cellEnd(text, start, separator);
    found.push({ column, start, end });
    at = quoted ? cellEnd(text, Math.min(end + 1, text.length), separator) : end;
    if (text[at] === '\r') at++;
    column = text[at] === separator ? column + 1 : 0;
  }
  return found;
}

function cellEnd(text: string, from: number, separator: string): number {
  let at = from;
  while (at < text.length && text[at] !== separator && text[at] !== '\n' && text[at] !== '\r') at++;
  return at;
}

/** A quote inside of a quoted cell is written twice. */
function closingQuote(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] !== '"') continue;
    if (text[at + 1] !== '"') return at;
    at++;
  }
  return text.length;
}

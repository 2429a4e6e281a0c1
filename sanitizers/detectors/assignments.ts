import { Taken } from '../spans.ts';
import type { Assignment } from './assignment.ts';
import { columns } from './columns.ts';
import { elements } from './elements.ts';

const named = /(?<!<\/|[\p{L}\w])([\p{L}\w][\p{L}\w.-]{0,63})["'\]\\]{0,4}[ \t]{0,8}[:=>]{1,2}[ \t]{0,8}/gu;
/** What may stand between a name and the quote of its value: brackets, marks of languages, escapes, the start of CDATA. */
const opening = /(?:[[({]|[bru]{1,2}(?=\\*["'])|string\(\d{1,9}\)|[ \t]){0,4}(\\{0,7})(["'])/iy;
const nextElement = /[ \t]{0,4},[ \t]{0,4}(\\{0,7})(["'])/y;
const cdata = /\s{0,99}<!\[CDATA\[/y;
const unquotedEnd = /[\s"'<>&,;)\]}\\]/g;

/**
 * Finds `name=value`, `name: value`, `"name": "value"`, the same with escaped quotes, what XML and HTML hold and
 * columns of tables, in free text. A quoted value reaches to its closing quote, or to the text's end; any other one to
 * the next white space or delimiter.
 */
export function assignments(text: string, wanted: (name: string) => boolean): readonly Assignment[] {
  const others = [...elements(text, wanted), ...columns(text, wanted)];
  const found = pairs(text, wanted);
  if (others.length === 0) return found;
  const taken = new Taken();
  return [...others, ...found]
    .flatMap(({ name, start, end }) => taken.claim({ start, end }).map((span) => ({ name, ...span })))
    .sort((a, b) => a.start - b.start);
}

function pairs(text: string, wanted: (name: string) => boolean): readonly Assignment[] {
  if (!/[:=>]/.test(text)) return [];
  const found: Assignment[] = [];
  named.lastIndex = 0;
  for (let match = named.exec(text); match !== null; match = named.exec(text)) {
    const name = match[1] ?? '';
    if (!wanted(name)) continue;
    const at = match.index + match[0].length;
    const spans = match[0].endsWith('>') ? (section(text, at) ?? values(text, at)) : values(text, at);
    for (const span of spans) if (span.end > span.start) found.push({ name, ...span });
    named.lastIndex = Math.max(spans.at(-1)?.end ?? 0, named.lastIndex);
  }
  return found;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

/** One value, or the quoted values of a list. */
function values(text: string, at: number): readonly Span[] {
  opening.lastIndex = at;
  const open = opening.exec(text);
  if (open === null) return [{ start: at, end: unquoted(text, at) }];
  const first = quotedAt(text, at + open[0].length, open);
  if (!open[0].includes('[')) return [first];
  const all = [first];
  nextElement.lastIndex = first.end + (open[1]?.length ?? 0) + 1;
  for (let next = nextElement.exec(text); next !== null; next = nextElement.exec(text)) {
    const element = quotedAt(text, nextElement.lastIndex, next);
    all.push(element);
    nextElement.lastIndex = element.end + (next[1]?.length ?? 0) + 1;
  }
  return all;
}

/** What a quote, escaped or not, begins: up to the next one like it. */
function quotedAt(text: string, start: number, [, slashes = '', quote = '"']: RegExpExecArray): Span {
  if (slashes === '') return { start, end: closing(text, quote, start) };
  const end = text.indexOf(slashes + quote, start);
  return { start, end: end === -1 ? text.length : end };
}

function section(text: string, at: number): readonly Span[] | undefined {
  cdata.lastIndex = at;
  const start = at + (cdata.exec(text)?.[0].length ?? 0);
  if (start === at) return undefined;
  const end = text.indexOf(']]>', start);
  return [{ start, end: end === -1 ? text.length : end }];
}

function closing(text: string, quote: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === quote) return at;
  }
  return text.length;
}

function unquoted(text: string, from: number): number {
  unquotedEnd.lastIndex = from;
  return unquotedEnd.exec(text)?.index ?? text.length;
}

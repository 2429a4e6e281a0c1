/** A value that stands after a name in free text. */
export interface Assignment {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

const named = /(?<![/\w])([A-Za-z][\w.-]{0,63})["'\]]{0,2}[ \t]{0,4}(?:=>|[:=>])[ \t]{0,4}/g;
const unquotedEnd = /[\s"'<>&,;)\]}\\]/g;

/**
 * Finds `name=value`, `name: value`, `"name": "value"` and `<name>value<` in free text. A quoted value reaches to its
 * closing quote, or to the text's end; any other one to the next white space or delimiter.
 */
export function assignments(text: string, wanted: (name: string) => boolean): readonly Assignment[] {
  if (!/[:=>]/.test(text)) return [];
  const found: Assignment[] = [];
  named.lastIndex = 0;
  for (let match = named.exec(text); match !== null; match = named.exec(text)) {
    const name = match[1] ?? '';
    if (!wanted(name)) continue;
    const at = match.index + match[0].length;
    const quote = text[at];
    const quoted = quote === '"' || quote === "'";
    const start = quoted ? at + 1 : at;
    const end = quoted ? closing(text, quote, start) : unquoted(text, start);
    if (end > start) found.push({ name, start, end });
    named.lastIndex = Math.max(end, named.lastIndex);
  }
  return found;
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

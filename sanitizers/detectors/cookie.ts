import { decodePercent, encodePercent } from '../places/percent.ts';
import type { Detector, Finding } from '../port.ts';
import { Taken } from '../spans.ts';
import { assignments } from './assignments.ts';
import { isNoSecret, judgeName } from './names.ts';

/**
 * Values of cookies (RFC 6265 sections 4.1 and 4.2), names and attributes left alone, and session ids by field name.
 * What stands without a name is a value, as browsers read it (RFC 6265bis section 5.6).
 * A percent-encoded value has the substitute of what it stands for.
 */
export const cookie: Detector = {
  name: 'cookie',
  version: 2,
  hint: /[:=>]/,
  find(text, place) {
    if (place.kind === 'header' || place.kind === 'field') {
      if (place.name === 'cookie') return pairs(text, 0, text.length);
      if (place.name === 'set-cookie' || place.name === 'set-cookie2')
        return pairs(text, 0, firstPairEnd(text, 0, text.length));
      if (judgeName(place.name).session) return isNoSecret(text) ? [] : [{ start: 0, end: text.length }];
    }
    return inText(text);
  },
  substitute(secret, substitutes) {
    const plain = decodePercent(secret, false);
    const substitute = substitutes.of(plain);
    if (plain === secret) return substitute;
    const encoded = encodePercent(substitute, secret, false);
    substitutes.assign(secret, encoded);
    return encoded;
  },
};

const headLine = /^[^\S\n]*(set-)?cookie2?:([^\n]*)$/gim;

/** Head lines that a text quotes, and `sessionId=…`. */
function inText(text: string): readonly Finding[] {
  if (!/[:=>]/.test(text)) return [];
  const lines = [...text.matchAll(headLine)].flatMap((match) => {
    const end = match.index + match[0].length;
    const start = end - (match[2]?.length ?? 0);
    return pairs(text, start, match[1] === undefined ? end : firstPairEnd(text, start, end));
  });
  const taken = new Taken(lines);
  const assigned = assignments(text, (name) => judgeName(name).session)
    .filter(({ start, end }) => !isNoSecret(text.slice(start, end)))
    .flatMap((finding) => taken.claim(finding));
  return lines.length === 0 ? assigned : [...lines, ...assigned].sort((a, b) => a.start - b.start);
}

function firstPairEnd(text: string, from: number, until: number): number {
  const semicolon = text.indexOf(';', from);
  return semicolon === -1 || semicolon > until ? until : semicolon;
}

function pairs(text: string, from: number, until: number): readonly Finding[] {
  const found: Finding[] = [];
  let at = from;
  for (const pair of text.slice(from, until).split(';')) {
    const equals = pair.indexOf('=');
    const value = pair.slice(equals + 1).trimStart();
    const quote = value.startsWith('"') ? 1 : 0;
    const plain = value.slice(quote).trimEnd();
    const start = at + pair.length - value.length + quote;
    const end = start + plain.length - (quote === 1 && plain.endsWith('"') ? 1 : 0);
    if (!isNoSecret(text.slice(start, end))) found.push({ start, end });
    at += pair.length + 1;
  }
  return found;
}

import type { Detector, Finding } from '../port.ts';
import { Taken } from '../spans.ts';
import { substituteEscaped } from '../substitutes/escaped.ts';
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
      if (/^cookie2?$/.test(place.name)) return pairs(text, 0, text.length, true);
      if (/^set-cookie2?$/.test(place.name)) return setCookie(text, 0, text.length);
      if (judgeName(place.name).session) return isNoSecret(text) ? [] : [{ start: 0, end: text.length }];
    }
    return inText(text);
  },
  substitute: substituteEscaped,
};

const headLine = /(?<![\w-])(set-)?cookie2?["'\\]{0,4}[ \t]{0,8}[:=][ \t]{0,8}["'\\]{0,4}([^\n"'<>\\]*)/gi;

/** Head lines that a text quotes, and `sessionId=…`. */
function inText(text: string): readonly Finding[] {
  if (!/[:=>]/.test(text)) return [];
  const lines = [...text.matchAll(headLine)].flatMap((match) => {
    const end = match.index + match[0].length;
    const start = end - (match[2]?.length ?? 0);
    return match[1] === undefined ? pairs(text, start, end) : setCookie(text, start, end);
  });
  const taken = new Taken(lines);
  const assigned = assignments(text, (name) => judgeName(name).session)
    .filter(({ start, end }) => !isNoSecret(text.slice(start, end)))
    .flatMap((finding) => taken.claim(finding));
  return lines.length === 0 ? assigned : [...lines, ...assigned].sort((a, b) => a.start - b.start);
}

const attributes =
  /^(expires|max-age|domain|path|secure|httponly|samesite|partitioned|priority|version|comment|port)$/i;
const joined = /,\s*(?=[\w!#$%&'*+.^`|~-]+=)/;

/** The value of a cookie that is set, those of others that a proxy joined to it, and of attributes that nobody knows. */
function setCookie(text: string, from: number, until: number): readonly Finding[] {
  return pairs(text, from, until, true).flatMap((finding, at) => {
    if (at === 0 && finding.index === 0) return [finding];
    const comma = joined.exec(text.slice(finding.start, finding.end));
    if (comma !== null) return pairs(text, finding.start + comma.index + comma[0].length, finding.end);
    return attributes.test(finding.name) ? [] : [finding];
  });
}

interface Pair extends Finding {
  readonly name: string;
  readonly index: number;
}

/** The values of `name=value; …`; where `nameless`, also such as stand without a name (RFC 6265bis section 5.6). */
function pairs(text: string, from: number, until: number, nameless = false): readonly Pair[] {
  const found: Pair[] = [];
  let at = from;
  for (const [index, pair] of text.slice(from, until).split(';').entries()) {
    const equals = pair.indexOf('=');
    const value = pair.slice(equals + 1).trimStart();
    const quote = value.startsWith('"') ? 1 : 0;
    const plain = value.slice(quote).trimEnd();
    const start = at + pair.length - value.length + quote;
    const end = start + plain.length - (quote === 1 && plain.endsWith('"') ? 1 : 0);
    const name = pair.slice(0, Math.max(equals, 0)).trim();
    if ((equals !== -1 || (nameless && !attributes.test(plain))) && !isNoSecret(text.slice(start, end)))
      found.push({ start, end, name, index });
    at += pair.length + 1;
  }
  return found;
}

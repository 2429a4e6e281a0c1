import type { Detector, Finding } from '../port.ts';
import { Taken } from '../spans.ts';
import { assignments } from './assignments.ts';
import { isMaskedPassword, judgeName } from './names.ts';

/** Passwords and what is like them, by the name of their field, header or assignment in a text. */
export const password: Detector = {
  name: 'password',
  version: 2,
  hint: /[:=>]/,
  find(text, place) {
    if ((place.kind === 'header' || place.kind === 'field') && judgeName(place.name).password) {
      return isMaskedPassword(text) ? [] : [{ start: 0, end: text.length }];
    }
    const assigned = assignments(text, (name) => judgeName(name).password).filter(
      ({ start, end }) => !isMaskedPassword(text.slice(start, end)) && !isLiteral(text, start, end),
    );
    const inUrls = text.includes('://') ? userInfo(text) : [];
    if (inUrls.length === 0) return assigned;
    const taken = new Taken(assigned);
    const free = inUrls.flatMap((finding) => taken.claim(finding));
    return [...assigned, ...free].sort((a, b) => a.start - b.start);
  },
  substitute: (secret, substitutes) => substitutes.of(secret),
};

/** `password: null` in a text that shows code or data. */
function isLiteral(text: string, start: number, end: number): boolean {
  return (
    !/["']/.test(text[start - 1] ?? '') &&
    /^(true|false|null|none|nil|undefined)$/i.test(text.slice(start, end))
  );
}

const credentials = /:\/\/[^\s/:@"'<>]{0,256}:([^\s/@"'<>]{1,256})@/g;

/** The password of `scheme://user:password@host` (RFC 3986 section 3.2.1) in a text. */
function userInfo(text: string): readonly Finding[] {
  return [...text.matchAll(credentials)].map((match) => {
    const end = match.index + match[0].length - 1;
    return { start: end - (match[1]?.length ?? 0), end };
  });
}

import type { Detector, Finding, Substitutes } from '../port.ts';
import { sameShape } from '../substitutes/same-shape.ts';

const localCharacter = /[\p{L}\p{Nd}.!#$%&'*+/=?^_`{|}~-]/u;
const domainShape =
  /^[\p{L}\p{Nd}](?:[\p{L}\p{Nd}-]*[\p{L}\p{Nd}])?(?:\.[\p{L}\p{Nd}](?:[\p{L}\p{Nd}-]*[\p{L}\p{Nd}])?)+/u;
/** RFC 5321 section 4.5.3.1. */
const longestLocal = 64;
const longestDomain = 255;

/**
 * E-mail addresses. The substitute has a local part and a domain of the same length; the domain is one that no mail
 * can ever reach (RFC 2606), so that a service which is replayed writes to no stranger. Addresses that differ in case
 * alone stay so.
 */
export const email: Detector = {
  name: 'email',
  version: 1,
  hint: /@/,
  find(text) {
    const found: Finding[] = [];
    let last = 0;
    for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
      let start = localStart(text, at, last);
      while (start < at && text[start] === '.') start++;
      const end = start === at ? at : domainEnd(text, at + 1);
      if (end === at) continue;
      found.push({ start, end });
      last = end;
    }
    return found;
  },
  substitute(secret, substitutes) {
    const lower = secret.toLowerCase();
    const at = lower.lastIndexOf('@');
    const domain = mockDomain(lower.slice(at + 1), substitutes);
    const local = lower.slice(0, at);
    const made = substitutes.unique(lower, (draw) => `${sameShape(local, draw)}@${domain}`);
    return sameCase(made, secret);
  },
};

function localStart(text: string, at: number, from: number): number {
  let start = at;
  while (start > from && at - start < longestLocal && localCharacter.test(text[start - 1] ?? '')) start--;
  // `email=joe@…`, `'joe@…'` and `/joe@…`: what may stand in a local part but hardly ever does, begins no address.
  const cut = text.slice(start, at).search(/[^=/?&'`{|}]*$/);
  return start + Math.max(cut, 0);
}

function domainEnd(text: string, from: number): number {
  const match = domainShape.exec(text.slice(from, from + longestDomain));
  if (match === null || !/\.[\p{L}][\p{L}\p{Nd}-]+$/u.test(match[0])) return from - 1;
  return from + match[0].length;
}

const reserved = ['.example', '.test'] as const;

function mockDomain(domain: string, substitutes: Substitutes): string {
  const suffix = reserved.find((name) => domain.length >= name.length + 3);
  if (suffix === undefined) return substitutes.sameShape(domain);
  const length = domain.length - suffix.length;
  return substitutes.unique(`@${domain}`, (draw) => sameShape('x'.repeat(length), draw) + suffix);
}

function sameCase(made: string, like: string): string {
  if (like === like.toLowerCase()) return made;
  return [...made].map((c, at) => (like[at] !== like[at]?.toLowerCase() ? c.toUpperCase() : c)).join('');
}

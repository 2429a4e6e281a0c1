import { decodePercent, encodePercent } from '../places/percent.ts';
import type { Detector, Finding, Substitutes } from '../port.ts';
import { sameShape } from '../substitutes/same-shape.ts';

/** `@` as it stands, percent-encoded, or as an entity of HTML. */
const sign = /@|%40|&(?:#64|#x40|commat);/gi;
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
  version: 2,
  hint: /@|%40|&(?:#64|#x40|commat);/,
  find(text, place) {
    const whole = place.kind !== 'text' && /e?mail/.test(place.name);
    const found: Finding[] = [];
    let last = 0;
    for (const match of text.matchAll(sign)) {
      const at = match.index;
      const behind = at + match[0].length;
      let start = localStart(text, at, last, whole);
      while (start < at && text[start] === '.') start++;
      const end = start === at ? at : domainEnd(text, behind);
      if (end < behind) continue;
      found.push({ start, end });
      last = end;
    }
    return found;
  },
  substitute(secret, substitutes) {
    const written = [...secret.matchAll(sign)].at(-1)?.[0] ?? '@';
    if (written !== '@') return escapedAs(written, secret, substitutes);
    const lower = secret.toLowerCase();
    const at = lower.lastIndexOf('@');
    const domain = mockDomain(lower.slice(at + 1), substitutes);
    const local = lower.slice(0, at);
    const made = substitutes.unique(lower, (draw) => `${sameShape(local, draw)}@${domain}`);
    return sameCase(made, secret);
  },
};

/** The substitute of the address that an escaped one stands for, escaped the same way. */
function escapedAs(written: string, secret: string, substitutes: Substitutes): string {
  const at = secret.lastIndexOf(written);
  const domain = secret.slice(at + written.length);
  const percent = written.startsWith('%');
  const local = percent ? decodePercent(secret.slice(0, at), false) : secret.slice(0, at);
  const made = substitutes.of(`${local}@${domain}`);
  const sign = made.lastIndexOf('@');
  const madeLocal = percent
    ? encodePercent(made.slice(0, sign), secret.slice(0, at), false)
    : made.slice(0, sign);
  return `${madeLocal}${written}${made.slice(sign + 1)}`;
}

function localStart(text: string, at: number, from: number, whole: boolean): number {
  let start = at;
  while (start > from && at - start < longestLocal && localCharacter.test(text[start - 1] ?? '')) start--;
  // `email=joe@…`, `'joe@…'` and `/joe@…`: what may stand in a local part but hardly ever does, begins no address.
  if (whole && start === 0) return start;
  // In `o'brien@…` it does.
  const cut = text.slice(start, at).search(/(?:[^=/?&'`{|}]|(?<=[\p{L}])'(?=\p{L}))*$/u);
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

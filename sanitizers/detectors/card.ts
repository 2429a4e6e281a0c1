import type { Detector, Finding } from '../port.ts';
import { sameShape } from '../substitutes/same-shape.ts';

/** Digits in groups of at most 19 with one separator between groups. */
const group = /\d+/g;
const separator = /^[ \-.+\u00a0]$/;
const shortest = 12;
const longest = 19;
/** Issuer digits that stay, as they tell the card's brand (ISO/IEC 7812-1: up to eight; six are on every receipt). */
const issuerDigits = 6;

/** Lengths by leading digits, of the networks in use (ISO/IEC 7812). */
const networks: readonly (readonly [prefix: RegExp, lengths: readonly number[]])[] = [
  [/^4/, [13, 16, 19]],
  [/^(5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, [16]],
  [/^3[47]/, [15]],
  [/^(6011|64[4-9]|65|622)/, [16, 17, 18, 19]],
  [/^35(2[89]|[3-8])/, [16, 17, 18, 19]],
  [/^3(0[0-5]|095|6|8|9)/, [14, 15, 16, 17, 18, 19]],
  [/^(5018|5020|5038|5893|6304|6759|676[1-3])/, [12, 13, 14, 15, 16, 17, 18, 19]],
  [/^(62|81)/, [16, 17, 18, 19]],
  [/^220[0-4]/, [16, 17, 18, 19]],
];

/** Payment card numbers: a network's issuer digits and length, and a right Luhn digit, with or without separators. */
export const card: Detector = {
  name: 'card',
  version: 1,
  hint: /\d[\d .+\u00a0-]{10}/,
  find(text) {
    if (text.length < shortest) return [];
    const groups = digitGroups(text);
    const found: Finding[] = [];
    for (let first = 0; first < groups.length; ) {
      const last = cardFrom(text, groups, first);
      if (last === undefined) {
        first++;
        continue;
      }
      found.push({ start: groups[first]?.start ?? 0, end: groups[last]?.end ?? 0 });
      first = last + 1;
    }
    return found;
  },
  /** The same issuer digits and length, and a wrong Luhn digit, however the digits are grouped. */
  substitute(secret, substitutes) {
    const digits = secret.replaceAll(/\D/g, '');
    const mock = substitutes.unique(digits, (draw) => {
      const made = digits.slice(0, issuerDigits) + rest(sameShape(`1${digits.slice(issuerDigits)}`, draw));
      return luhn(made) ? made.slice(0, -1) + ((Number(made.at(-1)) + 1) % 10) : made;
    });
    let at = 0;
    return secret.replaceAll(/\d/g, () => mock[at++] ?? '') + mock.slice(at);
  },
};

const rest = (text: string): string => text.slice(1);

function digitGroups(text: string): readonly Finding[] {
  const groups: Finding[] = [];
  for (const match of text.matchAll(group)) {
    const end = match.index + match[0].length;
    if (/\w/.test(text[match.index - 1] ?? '') || /\w/.test(text[end] ?? ''))
      groups.push({ start: end, end });
    else groups.push({ start: match.index, end });
  }
  return groups;
}

/** The last group of the longest card number that begins with group `first`. */
function cardFrom(text: string, groups: readonly Finding[], first: number): number | undefined {
  let digits = '';
  let best: number | undefined;
  for (let at = first; at < groups.length; at++) {
    const current = groups[at];
    const before = groups[at - 1];
    if (current === undefined || current.end === current.start || current.end - current.start > longest)
      break;
    if (at > first && before !== undefined && !separator.test(text.slice(before.end, current.start))) break;
    digits += text.slice(current.start, current.end);
    if (digits.length > longest) break;
    if (digits.length >= shortest && isCard(digits)) best = at;
  }
  return best;
}

function isCard(digits: string): boolean {
  return (
    networks.some(([prefix, lengths]) => lengths.includes(digits.length) && prefix.test(digits)) &&
    luhn(digits)
  );
}

/** ISO/IEC 7812-1 annex B. */
export function luhn(digits: string): boolean {
  let sum = 0;
  for (let at = 0; at < digits.length; at++) {
    const digit = digits.charCodeAt(digits.length - 1 - at) - 48;
    const weighted = at % 2 === 1 ? digit * 2 : digit;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return sum % 10 === 0;
}

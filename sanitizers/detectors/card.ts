import type { Detector, Finding } from '../port.ts';
import { sameShape } from '../substitutes/same-shape.ts';

/** Digits, full-width ones too, in groups of at most 19 with a separator between groups. */
const group = /[\d０-９]+/g;
const separator = /^(?:[ \-.+/_\u00a0\u2007\u2009\u202f]| {2}| - )$/;
const longestSeparator = 3;
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
  version: 2,
  hint: /[\d０-９][\d０-９ .+/_\u00a0\u2007\u2009\u202f-]{10}/,
  find(text) {
    if (text.length < shortest) return [];
    const groups = digitGroups(text);
    const found: Finding[] = [];
    for (let first = 0; first < groups.length; ) {
      const last = cardFrom(groups, first);
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
    const digits = asciiDigits(secret);
    const mock = substitutes.unique(digits, (draw) => {
      const made = digits.slice(0, issuerDigits) + rest(sameShape(`1${digits.slice(issuerDigits)}`, draw));
      return luhn(made) ? made.slice(0, -1) + ((Number(made.at(-1)) + 1) % 10) : made;
    });
    let at = 0;
    const next = (like: string): string => {
      const digit = mock[at++] ?? '';
      return like >= fullWidthZero ? String.fromCharCode(digit.charCodeAt(0) + fullWidth) : digit;
    };
    return secret.replaceAll(/[\d０-９]/g, next) + mock.slice(at);
  },
};

const fullWidthZero = '０';
/** From a digit to its full-width form (Unicode, Halfwidth and Fullwidth Forms). */
const fullWidth = fullWidthZero.charCodeAt(0) - 0x30;

function asciiDigits(text: string): string {
  if (/^\d*$/.test(text)) return text;
  return text
    .replaceAll(/[^\d０-９]/g, '')
    .replaceAll(/[０-９]/g, (digit) => String.fromCharCode(digit.charCodeAt(0) - fullWidth));
}

const rest = (text: string): string => text.slice(1);

interface Group extends Finding {
  /** As ASCII; empty where the digits can be no card's. */
  readonly digits: string;
  /** Whether a separator stands between the group before and this one. */
  readonly joined: boolean;
}

function digitGroups(text: string): readonly Group[] {
  const groups: Group[] = [];
  let last = -1;
  for (const match of text.matchAll(group)) {
    const { index: start } = match;
    const end = start + match[0].length;
    const unfit = end - start > longest || isHexadecimal(text, start, end);
    const joined = last !== -1 && start - last <= longestSeparator && separator.test(text.slice(last, start));
    groups.push({ start, end, digits: unfit ? '' : asciiDigits(match[0]), joined });
    last = end;
  }
  return groups;
}

/** Whether letters stand beside the digits that are hexadecimal digits, all of them. */
function isHexadecimal(text: string, start: number, end: number): boolean {
  if (!isLetter(text, start - 1) && !isLetter(text, end)) return false;
  for (let at = start - 1; isLetter(text, at) && at >= start - longest; at--) {
    if (!hexadecimal.test(text[at] ?? '')) return false;
  }
  for (let at = end; isLetter(text, at) && at < end + longest; at++) {
    if (!hexadecimal.test(text[at] ?? '')) return false;
  }
  return true;
}

const hexadecimal = /[A-Fa-f]/;

function isLetter(text: string, at: number): boolean {
  const lower = text.charCodeAt(at) | 0x20;
  return lower >= 0x61 && lower <= 0x7a;
}

/** The last group of the longest card number that begins with group `first`. */
function cardFrom(groups: readonly Group[], first: number): number | undefined {
  let digits = '';
  let best: number | undefined;
  for (let at = first; at < groups.length; at++) {
    const current = groups[at];
    if (current === undefined || current.digits === '' || (at > first && !current.joined)) break;
    digits += current.digits;
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

import type { Draw } from '../port.ts';

const digits = '0123456789';
const lower = 'abcdefghijklmnopqrstuvwxyz';
const upper = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const marks = '!$*-_~';

const number = /^\d+(\.\d+)?$/;
const hexLower = /^[0-9a-f]+$/;
const hexUpper = /^[0-9A-F]+$/;
const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** The digits of a UUID that tell its version and variant (RFC 9562 section 4). */
const uuidFixed = [14, 19];

/**
 * A text of the same length whose characters are of the same classes: digits stay digits (the first of a number is
 * not 0 unless it was), letters keep their case and script, hexadecimal stays hexadecimal, punctuation stays itself.
 * In a `poor` text, by default one where fewer than four characters would change, everything else becomes
 * ASCII punctuation.
 */
export function sameShape(value: string, draw: Draw, poor: boolean = isPoor(value)): string {
  const characters = [...value];
  const random = draw(characters.length * 2);
  const alphabetOf = alphabets(value, poor);
  let text = '';
  characters.forEach((character, at) => {
    const alphabet = uuid.test(value) && uuidFixed.includes(at) ? undefined : alphabetOf(character, at);
    if (alphabet === undefined) {
      text += character;
      return;
    }
    const number = (random[at * 2] ?? 0) * 256 + (random[at * 2 + 1] ?? 0);
    text += alphabet[number % alphabet.length] ?? character;
  });
  return text;
}

/** How many letters and digits a text has: a measure of how many others of its shape there are. */
export function variety(value: string): number {
  return value.match(/[\p{L}\p{Nd}]/gu)?.length ?? 0;
}

function isPoor(value: string): boolean {
  return variety(value) < 4 && value.length > 1 && !number.test(value);
}

type Alphabet = string | readonly string[] | undefined;

function alphabets(value: string, poor: boolean): (c: string, at: number) => Alphabet {
  const plain = value.replaceAll('-', '');
  const hex = plain.length >= 8 && /\d/.test(plain) && /[a-f]/i.test(plain);
  const hexDigits =
    hex && hexLower.test(plain) ? '0123456789abcdef' : hex && hexUpper.test(plain) ? '0123456789ABCDEF' : '';
  const numeric = number.test(value);
  return (character, at) => {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x80) {
      if (numeric && at === 0) return character === '0' ? undefined : '123456789';
      if (hexDigits !== '' && character !== '-') return hexDigits;
      if (digits.includes(character)) return digits;
      if (lower.includes(character)) return lower;
      if (upper.includes(character)) return upper;
      return poor && code > 0x20 ? marks : undefined;
    }
    return neighbours(character, code) ?? (poor ? marks : undefined);
  };
}

const rows = new Map<string, readonly string[]>();

/** The letters or digits of the same kind in a character's row of 32 code points: same script, same UTF-8 length. */
function neighbours(character: string, code: number): readonly string[] | undefined {
  const kind = ['Lu', 'Ll', 'Lo', 'Nd'].find((k) => new RegExp(`^\\p{${k}}$`, 'u').test(character));
  if (kind === undefined) return undefined;
  const key = `${kind}${code >> 5}`;
  const known = rows.get(key);
  if (known !== undefined) return known;
  const test = new RegExp(`^\\p{${kind}}$`, 'u');
  const row: string[] = [];
  for (let other = code & ~31; other < (code | 31) + 1; other++) {
    const candidate = String.fromCodePoint(other);
    if (test.test(candidate)) row.push(candidate);
  }
  rows.set(key, row);
  return row;
}

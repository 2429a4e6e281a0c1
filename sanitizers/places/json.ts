import { limits } from '../limits.ts';
import type { Finding, Place } from '../port.ts';
import { type Replacement, replaced, Taken } from '../spans.ts';
import { JsonNames } from './json-names.ts';

export interface ScrubbedJson {
  /** `whole`: valid JSON values and nothing else. `cut`: it ends in the middle. `malformed`: it is no JSON. */
  readonly state: 'whole' | 'cut' | 'malformed';
  /** The scrubbed text; where it was cut, up to and with its last whole string or number. */
  readonly text: string;
}

type Scrub = (text: string, place: Place) => string;

type Expect = 'value' | 'value or end' | 'key' | 'key or end' | 'colon' | 'comma or end' | 'document';

const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const word = /true|false|null/y;
const space = /[ \t\r\n]*/y;

/**
 * Scrubs the strings, keys and numbers of JSON (RFC 8259) at any depth, and leaves every other byte as it stands.
 * Several values may follow each other, as in NDJSON. Spans of `kept` are left alone; `name` is that of the field which
 * holds all of it. Time and memory are linear in the text; nesting costs no stack.
 */
export function scrubJson(
  text: string,
  scrub: Scrub,
  kept: readonly Finding[] = [],
  name = '',
): ScrubbedJson {
  const reader = new JsonReader(text, scrub, new Taken(kept), name);
  return reader.run();
}

interface Member extends Finding {
  readonly value: string;
}

class JsonReader {
  readonly #text: string;
  readonly #scrub: Scrub;
  readonly #kept: Taken;
  readonly #replacements: Replacement[] = [];
  readonly #names: JsonNames<Member>;
  /** Whether replacements are in the order of the text. */
  #ordered = true;
  #expect: Expect = 'document';
  #at = 0;
  /** End of the last whole token. */
  #safe = 0;

  constructor(text: string, scrub: Scrub, kept: Taken, root: string) {
    this.#text = text;
    this.#scrub = scrub;
    this.#kept = kept;
    this.#names = new JsonNames(root);
  }

  run(): ScrubbedJson {
    let values = 0;
    for (;;) {
      this.#skipSpace();
      if (this.#at === this.#text.length) {
        const whole = this.#expect === 'document' && values > 0;
        return whole ? { state: 'whole', text: replaced(this.#text, this.#inOrder()) } : this.#cut();
      }
      const result = this.#token(this.#text[this.#at] ?? '');
      if (result === 'cut') return this.#cut();
      if (result === 'malformed') return { state: 'malformed', text: '' };
      this.#safe = this.#at;
      if (this.#expect === 'document') values++;
    }
  }

  #cut(): ScrubbedJson {
    return { state: 'cut', text: replaced(this.#text.slice(0, this.#safe), this.#inOrder()) };
  }

  #token(character: string): 'ok' | 'cut' | 'malformed' {
    const expect = this.#expect;
    if (character === '"') {
      if (expect === 'key' || expect === 'key or end') return this.#string(true);
      return takesValue(expect) ? this.#string(false) : 'malformed';
    }
    if (character === '}' || character === ']') return this.#close(character);
    if (character === ',') return this.#comma();
    if (character === ':') {
      if (expect !== 'colon') return 'malformed';
      return this.#advance('value');
    }
    if (!takesValue(expect)) return 'malformed';
    if (this.#names.depth === limits.depth) return 'malformed';
    if (character === '{') {
      this.#names.open('object');
      return this.#advance('key or end');
    }
    if (character === '[') {
      this.#names.open('array');
      return this.#advance('value or end');
    }
    return this.#scalar();
  }

  #advance(expect: Expect): 'ok' {
    this.#at++;
    this.#expect = expect;
    return 'ok';
  }

  #comma(): 'ok' | 'malformed' {
    if (this.#expect !== 'comma or end') return 'malformed';
    return this.#advance(this.#names.inObject ? 'key' : 'value');
  }

  #close(character: string): 'ok' | 'malformed' {
    const { inObject } = this.#names;
    const may =
      this.#expect === 'comma or end' || this.#expect === (inObject ? 'key or end' : 'value or end');
    if (this.#names.depth === 0 || !may || inObject !== (character === '}')) return 'malformed';
    this.#names.close();
    this.#at++;
    this.#valueDone();
    return 'ok';
  }

  #valueDone(): void {
    this.#expect = this.#names.depth === 0 ? 'document' : 'comma or end';
    this.#names.valueDone();
  }

  #string(isKey: boolean): 'ok' | 'cut' | 'malformed' {
    const start = this.#at;
    const end = endOfString(this.#text, start);
    if (end === 'cut' || end === 'malformed') return end;
    const raw = this.#text.slice(start, end);
    const value = unquoted(raw);
    if (value === undefined) return 'malformed';
    this.#at = end;
    const place: Place = isKey ? { kind: 'text', name: '' } : { kind: 'field', name: this.#names.name };
    const made = this.#kept.covers({ start, end }) ? value : this.#scrub(value, place);
    if (made !== value) this.#replacements.push({ start, end, text: quoted(made, raw) });
    if (isKey) {
      this.#names.key(value);
      this.#expect = 'colon';
    } else {
      const earlier = this.#names.member(value, { start, end, value });
      if (earlier !== undefined) this.#again(earlier, value.toLowerCase());
      this.#valueDone();
    }
    return 'ok';
  }

  /** Scrubs a string once more whose name came behind it. */
  #again({ start, end, value }: Member, name: string): void {
    if (this.#kept.covers({ start, end })) return;
    const made = this.#scrub(value, { kind: 'field', name });
    if (made === value) return;
    this.#replacements.push({ start, end, text: quoted(made, this.#text.slice(start, end)) });
    this.#ordered = false;
  }

  #inOrder(): readonly Replacement[] {
    if (this.#ordered) return this.#replacements;
    // Of two for one string the later stands.
    return [...new Map(this.#replacements.map((each) => [each.start, each])).values()].sort(
      (a, b) => a.start - b.start,
    );
  }

  #scalar(): 'ok' | 'cut' | 'malformed' {
    const start = this.#at;
    word.lastIndex = start;
    number.lastIndex = start;
    const literal = word.exec(this.#text)?.[0];
    const digits = literal === undefined ? number.exec(this.#text)?.[0] : undefined;
    const token = literal ?? digits;
    if (token === undefined) return this.#text.length - start < 5 ? 'cut' : 'malformed';
    const end = start + token.length;
    if (end < this.#text.length && !/[\s,\]}]/.test(this.#text[end] ?? '')) return 'malformed';
    // A number at the very end may have been cut; only at the top level can nothing tell.
    if (end === this.#text.length && this.#names.depth > 0) return 'cut';
    this.#at = end;
    if (digits !== undefined && !this.#kept.covers({ start, end })) this.#number(start, digits);
    this.#valueDone();
    return 'ok';
  }

  /** A number's digits change, its sign and exponent do not; only a rule's `replace` can make it a string. */
  #number(start: number, raw: string): void {
    const sign = raw.startsWith('-') ? 1 : 0;
    const exponent = raw.search(/[eE]/);
    const end = exponent === -1 ? raw.length : exponent;
    const digits = raw.slice(sign, end);
    const made = this.#scrub(digits, { kind: 'field', name: this.#names.name });
    if (made === digits) return;
    if (/^(0|[1-9]\d*)(\.\d+)?$/.test(made)) {
      this.#replacements.push({ start: start + sign, end: start + end, text: made });
    } else this.#replacements.push({ start, end: start + raw.length, text: JSON.stringify(made) });
  }

  #skipSpace(): void {
    space.lastIndex = this.#at;
    this.#at += space.exec(this.#text)?.[0].length ?? 0;
  }
}

function takesValue(expect: Expect): boolean {
  return expect === 'value' || expect === 'value or end' || expect === 'document';
}

/** Where a string that begins at `start` ends, with its closing quote. */
function endOfString(text: string, start: number): number | 'cut' | 'malformed' {
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) return at + 1;
    if (code === 0x5c) at++;
    else if (code < 0x20) return 'malformed';
  }
  return 'cut';
}

function unquoted(raw: string): string | undefined {
  if (!raw.includes('\\')) return raw.slice(1, -1);
  try {
    const value: unknown = JSON.parse(raw);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A JSON string that is ASCII where the original was, and escapes solidi where the original did. */
function quoted(value: string, like: string): string {
  let made = JSON.stringify(value);
  if (/\\u00[89a-f]|\\u0[1-9a-f]|\\u[1-9a-f]/i.test(like)) {
    made = made.replaceAll(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  }
  return like.includes('\\/') ? made.replaceAll('/', '\\/') : made;
}

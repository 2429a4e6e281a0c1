import { inheritedName, judgeName, labels, nameWithin, plainName } from '../detectors/names.ts';
import { limits } from '../limits.ts';
import type { Finding, Place } from '../port.ts';
import { type Replacement, replaced, Taken } from '../spans.ts';
import { decodeReferences, encodeReferences } from './references.ts';

type Scrub = (text: string, place: Place) => string;

/** Whether a text is XML or HTML by its looks. */
export function looksLikeMarkup(text: string): boolean {
  return /^\s*<[A-Za-z_?!]/.test(text) && text.includes('>');
}

/**
 * Scrubs texts, CDATA sections, comments and attributes of XML and HTML, as they read once references are undone, and
 * leaves every other character as it stands. A text is a field of its element's name, or of what the attribute
 * `name`, `key` or `id` calls it. Nothing fails: what is no tag is text. Spans of `kept` are left alone.
 */
export function scrubMarkup(text: string, scrub: Scrub, kept: readonly Finding[] = []): string {
  return new MarkupReader(text, scrub, new Taken(kept)).run();
}

const tagStart = /<(?=[A-Za-z_/!?])/g;
const tagName = /[^\s/>"'<]*/y;
const attribute = /\s*([^\s=>"'/<]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"'<]+)))?/dy;
const tagEnd = /\s*\/?\s*>/y;
/** Elements of HTML that are never closed, and such whose text holds no tags and no references. */
const neverClosed = /^(area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)$/i;
const rawText = /^(script|style)$/i;

/** An element that is not closed yet. */
interface Element {
  /** By which its text goes. */
  readonly name: string;
  /** Its tag says so, and no attribute: then what it holds inherits the name. */
  readonly byTag: boolean;
}

class MarkupReader {
  readonly #text: string;
  readonly #scrub: Scrub;
  readonly #kept: Taken;
  readonly #replacements: Replacement[] = [];
  readonly #open: Element[] = [];
  #at = 0;

  constructor(text: string, scrub: Scrub, kept: Taken) {
    this.#text = text;
    this.#scrub = scrub;
    this.#kept = kept;
  }

  run(): string {
    while (this.#at < this.#text.length) {
      tagStart.lastIndex = this.#at;
      const start = tagStart.exec(this.#text)?.index ?? this.#text.length;
      this.#value(this.#at, start, this.#name);
      this.#at = start;
      if (start < this.#text.length) this.#tag(start);
    }
    return replaced(this.#text, this.#replacements);
  }

  /** By which a text goes that stands here. */
  get #name(): string {
    return this.#open.at(-1)?.name ?? '';
  }

  #tag(start: number): void {
    const second = this.#text[start + 1] ?? '';
    if (this.#text.startsWith('<![CDATA[', start)) this.#section(start + 9, ']]>', this.#name);
    else if (this.#text.startsWith('<!--', start)) this.#section(start + 4, '-->', '');
    else if (second === '/') {
      this.#open.pop();
      tagName.lastIndex = start + 2;
      this.#section(start + 2 + (tagName.exec(this.#text)?.[0].length ?? 0), '>', '');
    } else if (second === '!' || second === '?') this.#section(start + 2, '>', '');
    else this.#element(start);
  }

  /** What stands as it is up to `end`, or to the end of all. */
  #section(start: number, end: string, name: string): void {
    const found = this.#text.indexOf(end, start);
    const until = found === -1 ? this.#text.length : found;
    this.#literal(start, until, name);
    this.#at = found === -1 ? until : until + end.length;
  }

  #element(start: number): void {
    tagName.lastIndex = start + 1;
    const name = tagName.exec(this.#text)?.[0] ?? '';
    const within = this.#nameOf(local(name));
    this.#at = start + 1 + name.length;
    const label = this.#attributes();
    tagEnd.lastIndex = this.#at;
    const end = tagEnd.exec(this.#text)?.[0];
    if (end === undefined) {
      // No tag after all, or one that never ends.
      this.#literal(this.#at, this.#text.length, '');
      this.#at = this.#text.length;
      return;
    }
    this.#at += end.length;
    if (end.includes('/') || neverClosed.test(name)) return;
    if (rawText.test(name)) {
      const close = new RegExp(`</${name}`, 'gi');
      close.lastIndex = this.#at;
      const until = close.exec(this.#text)?.index ?? this.#text.length;
      this.#literal(this.#at, until, '');
      this.#at = until;
    }
    if (this.#open.length < limits.depth)
      this.#open.push(label === '' ? { name: within, byTag: true } : { name: label, byTag: false });
  }

  /** By which the text of a child goes: that of `<password><value>` is a password. */
  #nameOf(own: string): string {
    const parent = this.#open.at(-1);
    if (parent === undefined) return own;
    return (parent.byTag ? inheritedName(own, parent.name) : undefined) ?? nameWithin(parent.name, own);
  }

  /** Scrubs the attributes of a tag; returns the secret's name that they give to what the element holds. */
  #attributes(): string {
    let label = '';
    const values: { readonly name: string; readonly start: number; readonly end: number }[] = [];
    for (;;) {
      attribute.lastIndex = this.#at;
      const match = attribute.exec(this.#text);
      if (match === null) break;
      this.#at += match[0].length;
      const [start, end] = match.indices?.[2] ?? match.indices?.[3] ?? match.indices?.[4] ?? [0, 0];
      const name = local(match[1] ?? '');
      const value = this.#text.slice(start, end);
      if ((labels.has(name) || name === 'type') && judgeName(value).secret) label = value.toLowerCase();
      values.push({ name, start, end });
    }
    // The label may stand behind the value.
    for (const { name, start, end } of values) {
      this.#value(start, end, plainName.has(name) && label !== '' ? label : name);
    }
    return label;
  }

  #value(start: number, end: number, name: string): void {
    const text = this.#text.slice(start, end);
    const plain = text.trim();
    if (plain === '') return;
    const from = start + text.indexOf(plain);
    this.#put(from, from + plain.length, (given) => {
      const decoded = decodeReferences(given);
      const made = this.#scrub(decoded, placeOf(name));
      return made === decoded ? given : encodeReferences(made, given);
    });
  }

  #literal(start: number, end: number, name: string): void {
    const text = this.#text.slice(start, end);
    const plain = text.trim();
    if (plain === '') return;
    const from = start + text.indexOf(plain);
    this.#put(from, from + plain.length, (given) => this.#scrub(given, placeOf(name)));
  }

  #put(start: number, end: number, make: (text: string) => string): void {
    if (this.#kept.covers({ start, end })) return;
    const given = this.#text.slice(start, end);
    const made = make(given);
    if (made !== given) this.#replacements.push({ start, end, text: made });
  }
}

const placeOf = (name: string): Place => ({ kind: name === '' ? 'text' : 'field', name });

/** A name without its namespace's prefix, lower case. */
const local = (name: string): string => name.slice(name.lastIndexOf(':') + 1).toLowerCase();

import type { Finding, Place } from '../port.ts';
import { Taken } from '../spans.ts';
import { decodePercent, encodePercent } from './percent.ts';

type Scrub = (text: string, place: Place) => string;

/** Scrubs `name=value&…` (the query of a target, a form): names as text, values as fields of their name. */
export function scrubForm(text: string, scrub: Scrub, kept: readonly Finding[] = []): string {
  const taken = new Taken(kept);
  let made = '';
  let at = 0;
  for (;;) {
    const ampersand = text.indexOf('&', at);
    const end = ampersand === -1 ? text.length : ampersand;
    const pair = text.slice(at, end);
    made += taken.covers({ start: at, end }) ? pair : scrubPair(pair, scrub, taken, at);
    if (ampersand === -1) return made;
    made += '&';
    at = end + 1;
  }
}

function scrubPair(pair: string, scrub: Scrub, taken: Taken, at: number): string {
  const equals = pair.indexOf('=');
  if (equals === -1) return scrubEscaped(pair, true, (plain) => scrub(plain, { kind: 'text', name: '' }));
  const name = pair.slice(0, equals);
  const value = pair.slice(equals + 1);
  const madeName = scrubEscaped(name, true, (plain) => scrub(plain, { kind: 'text', name: '' }));
  if (taken.covers({ start: at + equals + 1, end: at + pair.length })) return `${madeName}=${value}`;
  const field = decodePercent(name, true).toLowerCase();
  return `${madeName}=${scrubEscaped(value, true, (plain) => scrub(plain, { kind: 'field', name: field }))}`;
}

/** Scrubs what a percent-encoded text stands for. It is encoded anew only where it changed. */
export function scrubEscaped(text: string, form: boolean, scrub: (plain: string) => string): string {
  if (text === '') return text;
  const plain = decodePercent(text, form);
  const made = scrub(plain);
  return made === plain ? text : encodePercent(made, text, form);
}

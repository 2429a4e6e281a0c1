import { judgeName, labels, plainName } from '../detectors/names.ts';
import type { Finding, Place } from '../port.ts';
import { Taken } from '../spans.ts';
import { decodePercent, encodePercent } from './percent.ts';

type Scrub = (text: string, place: Place) => string;

/**
 * Scrubs `name=value&…` (the query of a target, a form): names as text, values as fields of their name, or of the one
 * that the pair beside them tells (`name=password&value=…`).
 */
export function scrubForm(text: string, scrub: Scrub, kept: readonly Finding[] = []): string {
  const taken = new Taken(kept);
  const made: string[] = [];
  let at = 0;
  let before: string | undefined;
  const pairs = text.split('&');
  for (const [index, pair] of pairs.entries()) {
    const covered = taken.covers({ start: at, end: at + pair.length });
    const label = labelIn(before) ?? labelIn(pairs[index + 1]);
    made.push(covered ? pair : scrubPair(pair, scrub, taken, at, label));
    at += pair.length + 1;
    before = pair;
  }
  return made.join('&');
}

const longestLabel = 64;

/** The name that a pair tells of the value beside it. */
function labelIn(pair: string | undefined): string | undefined {
  if (pair === undefined || pair.length > 2 * longestLabel) return undefined;
  const [name = '', value = ''] = pair.split('=', 2).map((part) => decodePercent(part, true).toLowerCase());
  return labels.has(name) ? value : undefined;
}

function scrubPair(pair: string, scrub: Scrub, taken: Taken, at: number, label?: string): string {
  const equals = pair.indexOf('=');
  if (equals === -1) return scrubEscaped(pair, true, (plain) => scrub(plain, { kind: 'text', name: '' }));
  const name = pair.slice(0, equals);
  const value = pair.slice(equals + 1);
  const madeName = scrubEscaped(name, true, (plain) => scrub(plain, { kind: 'text', name: '' }));
  if (taken.covers({ start: at + equals + 1, end: at + pair.length })) return `${madeName}=${value}`;
  const own = decodePercent(name, true).toLowerCase();
  const field = label !== undefined && plainName.has(own) && judgeName(label).secret ? label : own;
  return `${madeName}=${scrubEscaped(value, true, (plain) => scrub(plain, { kind: 'field', name: field }))}`;
}

/** Scrubs what a percent-encoded text stands for. It is encoded anew only where it changed. */
export function scrubEscaped(text: string, form: boolean, scrub: (plain: string) => string): string {
  if (text === '') return text;
  const plain = decodePercent(text, form);
  const made = scrub(plain);
  return made === plain ? text : encodePercent(made, text, form);
}

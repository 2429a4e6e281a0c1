import { decodePercent, encodePercent } from '../places/percent.ts';
import type { Detector, Finding } from '../port.ts';
import { isNoSecret, isSessionName, plainName } from './names.ts';

/**
 * Values of cookies (RFC 6265 sections 4.1 and 4.2), names and attributes left alone, and session ids by field name.
 * A percent-encoded value has the substitute of what it stands for.
 */
export const cookie: Detector = {
  name: 'cookie',
  version: 1,
  find(text, place) {
    if (place.kind !== 'header' && place.kind !== 'field') return [];
    if (place.name === 'cookie') return pairs(text, text.length);
    if (place.name === 'set-cookie') return pairs(text, firstPairEnd(text));
    if (!isSessionName(plainName(place.name)) || isNoSecret(text)) return [];
    return [{ start: 0, end: text.length }];
  },
  substitute(secret, substitutes) {
    const plain = decodePercent(secret, false);
    const substitute = substitutes.of(plain);
    if (plain === secret) return substitute;
    const encoded = encodePercent(substitute, secret, false);
    substitutes.assign(secret, encoded);
    return encoded;
  },
};

function firstPairEnd(text: string): number {
  const semicolon = text.indexOf(';');
  return semicolon === -1 ? text.length : semicolon;
}

function pairs(text: string, until: number): readonly Finding[] {
  const found: Finding[] = [];
  let at = 0;
  while (at < until) {
    const semicolon = text.indexOf(';', at);
    const next = semicolon === -1 || semicolon > until ? until : semicolon;
    const equals = text.indexOf('=', at);
    if (equals !== -1 && equals < next) {
      let start = equals + 1;
      let end = next;
      while (start < end && /[\s"]/.test(text[start] ?? '')) start++;
      while (end > start && /[\s"]/.test(text[end - 1] ?? '')) end--;
      if (!isNoSecret(text.slice(start, end))) found.push({ start, end });
    }
    at = next + 1;
  }
  return found;
}

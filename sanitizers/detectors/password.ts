import type { Detector } from '../port.ts';
import { assignments } from './assignments.ts';
import { isMaskedPassword, judgeName } from './names.ts';

/** Passwords and what is like them, by the name of their field, header or assignment in a text. */
export const password: Detector = {
  name: 'password',
  version: 2,
  hint: /[:=>\n]/,
  find(text, place) {
    if ((place.kind === 'header' || place.kind === 'field') && judgeName(place.name).password) {
      return isMaskedPassword(text) ? [] : [{ start: 0, end: text.length }];
    }
    return assignments(text, (name) => judgeName(name).password).filter(
      ({ start, end }) => !isMaskedPassword(text.slice(start, end)) && !isLiteral(text, start, end),
    );
  },
  substitute: (secret, substitutes) => substitutes.of(secret),
};

/** `password: null` in a text that shows code or data. */
function isLiteral(text: string, start: number, end: number): boolean {
  return (
    !/["']/.test(text[start - 1] ?? '') &&
    /^(true|false|null|none|nil|undefined)$/i.test(text.slice(start, end))
  );
}

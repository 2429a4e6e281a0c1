import type { Detector } from '../port.ts';
import { assignments } from './assignments.ts';
import { isNoSecret, judgeName } from './names.ts';

/** Passwords and what is like them, by the name of their field, header or assignment in a text. */
export const password: Detector = {
  name: 'password',
  version: 1,
  hint: /[:=>]/,
  find(text, place) {
    if ((place.kind === 'header' || place.kind === 'field') && judgeName(place.name).password) {
      return isNoSecret(text) ? [] : [{ start: 0, end: text.length }];
    }
    return assignments(text, (name) => judgeName(name).password).filter(
      ({ start, end }) => !isNoSecret(text.slice(start, end)),
    );
  },
  substitute: (secret, substitutes) => substitutes.of(secret),
};

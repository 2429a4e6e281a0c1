import type { Detector } from '../port.ts';
import { assignments } from './assignments.ts';
import { isNoSecret, isPasswordName, plainName } from './names.ts';

/** Passwords and what is like them, by the name of their field, header or assignment in a text. */
export const password: Detector = {
  name: 'password',
  version: 1,
  find(text, place) {
    if ((place.kind === 'header' || place.kind === 'field') && isPasswordName(plainName(place.name))) {
      return isNoSecret(text) ? [] : [{ start: 0, end: text.length }];
    }
    return assignments(text, (name) => isPasswordName(plainName(name))).filter(
      ({ start, end }) => !isNoSecret(text.slice(start, end)),
    );
  },
  substitute: (secret, substitutes) => substitutes.of(secret),
};

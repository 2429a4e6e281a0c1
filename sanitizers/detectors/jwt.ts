import type { Detector, Finding } from '../port.ts';
import { jwtParts } from '../substitutes/jwt-parts.ts';

/** How a JSON object begins in base64url: `{"`, `{ `, `{\n`, `{\r`, `{\t`. */
const beginning = /ey[JA]|ew[o0k]/g;
const run = /[\w.=-]+/y;
const shape = /^[\w-]+\.[\w-]*(\.[\w-]*)*/;
/** How many beginnings of one run of characters are tried. */
const triesInRun = 4;

/** JSON web tokens, signed, unsigned or encrypted (RFC 7519), and such as were cut after their payload. */
export const jwt: Detector = {
  name: 'jwt',
  version: 1,
  hint: /ey[JA]|ew[o0k]/,
  find(text) {
    if (text.length < 20) return [];
    const found: Finding[] = [];
    let tries = 0;
    let runEnd = 0;
    beginning.lastIndex = 0;
    for (let match = beginning.exec(text); match !== null; match = beginning.exec(text)) {
      if (match.index >= runEnd) {
        run.lastIndex = match.index;
        runEnd = match.index + (run.exec(text)?.[0].length ?? 0);
        tries = 0;
      }
      const token = shape.exec(text.slice(match.index, runEnd))?.[0];
      if (token !== undefined && jwtParts(token) !== undefined) {
        found.push({ start: match.index, end: match.index + token.length });
        beginning.lastIndex = match.index + token.length;
      } else if (++tries >= triesInRun) {
        beginning.lastIndex = runEnd;
      }
    }
    return found;
  },
  substitute: (secret, substitutes) => substitutes.jwt(secret),
};

import type { Detector, Finding } from '../port.ts';
import { substituteEscaped } from '../substitutes/escaped.ts';
import { isMaskedPassword } from './names.ts';

const authority = /:\/\/([^\s/?#"'<>\\]{0,1024})@/g;

/** Passwords in the user info of a URL (RFC 3986 section 3.2.1) anywhere in a text: `postgres://user:password@host`. */
export const userinfo: Detector = {
  name: 'userinfo',
  version: 1,
  hint: /:\/\//,
  find(text) {
    if (!text.includes('://')) return [];
    const found: Finding[] = [];
    for (const match of text.matchAll(authority)) {
      const info = match[1] ?? '';
      const colon = info.indexOf(':');
      const end = match.index + match[0].length - 1;
      const start = end - info.length + colon + 1;
      if (colon !== -1 && !isMaskedPassword(text.slice(start, end))) found.push({ start, end });
    }
    return found;
  },
  substitute: substituteEscaped,
};

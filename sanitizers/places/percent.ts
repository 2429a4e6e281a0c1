import { isUtf8 } from 'node:buffer';

const escapes = /(?:%[0-9A-Fa-f]{2})+/g;

/**
 * Takes percent-encoding off (RFC 3986 section 2.1), and `+` for a space in forms. Escapes that are no UTF-8 stand for
 * one character a byte; what is no escape stands for itself. Nothing fails.
 */
export function decodePercent(text: string, form: boolean): string {
  const spaced = form ? text.replaceAll('+', ' ') : text;
  if (!spaced.includes('%')) return spaced;
  return spaced.replace(escapes, (run) => {
    const bytes = Buffer.from(run.replaceAll('%', ''), 'hex');
    return bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
  });
}

/** Puts percent-encoding on, leaving as they are the characters that stood unescaped in `like`. */
export function encodePercent(text: string, like: string, form: boolean): string {
  const plain = new Set(like.replace(escapes, ''));
  return [...text]
    .map((character) => {
      if (/[A-Za-z0-9._~-]/.test(character)) return character;
      if (form && character === ' ' && plain.has('+')) return '+';
      if (plain.has(character) && !(form && character === '+') && character !== '%') return character;
      return [...Buffer.from(character)]
        .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`)
        .join('');
    })
    .join('');
}

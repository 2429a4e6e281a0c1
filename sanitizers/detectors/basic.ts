import { isUtf8 } from 'node:buffer';
import type { Detector } from '../port.ts';
import { judgeName } from './names.ts';

const credentials = /^(\s*basic\s+)([A-Za-z0-9+/_-]+={0,2})\s*$/i;
const inText = /\bbasic(?:[ \t\u00a0]|%20|\+|&nbsp;|\r?\n[ \t]){1,4}([A-Za-z0-9+/]{8,}={0,2})/gi;

/** Basic credentials (RFC 7617). User and password keep joining with the fields that hold them. */
export const basic: Detector = {
  name: 'basic',
  version: 2,
  hint: /basic/,
  find(text, place) {
    if (judgeName(place.name).authorization) {
      const match = credentials.exec(text);
      const start = match?.[1]?.length ?? 0;
      return match === null ? [] : [{ start, end: start + (match[2]?.length ?? 0) }];
    }
    return [...text.matchAll(inText)]
      .filter((match) => pair(match[1] ?? '') !== undefined)
      .map((match) => ({
        start: match.index + match[0].length - (match[1]?.length ?? 0),
        end: match.index + match[0].length,
      }));
  },
  substitute(secret, substitutes) {
    const parts = pair(secret);
    if (parts === undefined) return substitutes.sameShape(secret);
    const [user, password] = parts.map((part) => (part === '' ? '' : substitutes.of(part)));
    const mock = Buffer.from(`${user}:${password}`).toString('base64');
    return secret.endsWith('=') ? mock : mock.replace(/=+$/, '');
  },
};

function pair(encoded: string): readonly [user: string, password: string] | undefined {
  const bytes = Buffer.from(encoded, 'base64');
  if (!isUtf8(bytes)) return undefined;
  const text = bytes.toString('utf8');
  const colon = text.indexOf(':');
  return colon === -1 ? undefined : [text.slice(0, colon), text.slice(colon + 1)];
}

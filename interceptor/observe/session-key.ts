import type { CaptureConfig } from '../../tunnel/config.ts';
import type { Http1Head } from '../../wire/http1/events.ts';
import { cookieIn, parseResponseHead } from '../../wire/http1/head.ts';
import { fieldOf } from '../../wire/http1/raw-head.ts';

/** Reads the value of a tunnel's session key, raw, out of heads. */
export interface SessionReader {
  ofRequest(head: Http1Head): string | undefined;
  /** What the response gives to a client that had none: the field of that name, or the cookie that it sets. */
  ofResponse(head: Http1Head): string | undefined;
}

export function sessionReader(key: NonNullable<CaptureConfig['sessionKey']>): SessionReader {
  if ('header' in key) {
    const name = key.header.toLowerCase();
    return { ofRequest: (head) => fieldOf(head, name), ofResponse: (head) => fieldOf(head, name) };
  }
  const { cookie } = key;
  return {
    ofRequest: (head) => {
      const field = fieldOf(head, 'cookie');
      return field === undefined ? undefined : cookieIn(field, cookie);
    },
    ofResponse: (head) => cookieSet(head, cookie),
  };
}

/** The value that a Set-Cookie field of that name gives (RFC 6265 section 4.1). */
function cookieSet(head: Http1Head, name: string): string | undefined {
  const parsed = parseResponseHead(head.bytes.subarray(head.start, head.end));
  for (const [field, value] of parsed?.fields ?? []) {
    if (field.toLowerCase() !== 'set-cookie') continue;
    const [pair = ''] = value.split(';');
    const found = cookieIn(pair, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

import type { CaptureConfig } from '../../tunnel/config.ts';
import { cookieIn } from '../../wire/http1/head.ts';
import type { HeadFacts } from './head-facts.ts';

/** Reads the value of a tunnel's session key, raw, out of heads. */
export interface SessionReader {
  /** The names of the fields that it looks at, lower-case. */
  readonly names: readonly string[];
  ofRequest(head: HeadFacts): string | undefined;
  /** What the response gives to a client that had none: the field of that name, or the cookie that it sets. */
  ofResponse(head: HeadFacts): string | undefined;
}

export function sessionReader(key: NonNullable<CaptureConfig['sessionKey']>): SessionReader {
  if ('header' in key) {
    const name = key.header.toLowerCase();
    return { names: [name], ofRequest: (head) => head.field(name), ofResponse: (head) => head.field(name) };
  }
  const { cookie } = key;
  return {
    names: ['cookie', 'set-cookie'],
    ofRequest: (head) => firstCookie(head.fields('cookie'), cookie),
    ofResponse: (head) => firstCookie(head.fields('set-cookie').map(pairOf), cookie),
  };
}

function firstCookie(texts: readonly string[], name: string): string | undefined {
  for (const text of texts) {
    const found = cookieIn(text, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** What a Set-Cookie field sets, without its attributes (RFC 6265 section 4.1). */
function pairOf(setCookie: string): string {
  return setCookie.split(';', 1)[0] ?? '';
}

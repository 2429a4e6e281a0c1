import type { Place } from '../port.ts';
import { scrubEscaped, scrubForm } from './form.ts';

type Scrub = (text: string, place: Place) => string;

const url = /^(?:[a-z][a-z0-9+.-]{1,20}:\/\/|\/(?=[^\s]*[?/]))[^\s"<>]*$/i;
const authority = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)/i;

/** Whether a whole value is a URL, or a path that is worth taking apart. */
export function looksLikeUrl(text: string): boolean {
  return text.length < 64 * 1024 && url.test(text);
}

/** Scrubs a request target or a URL: user info, path segments, their parameters, query and fragment. */
export function scrubTarget(target: string, scrub: Scrub): string {
  const hash = target.indexOf('#');
  const upToHash = hash === -1 ? target : target.slice(0, hash);
  const question = upToHash.indexOf('?');
  const before = question === -1 ? upToHash : upToHash.slice(0, question);
  const query = question === -1 ? '' : `?${scrubForm(upToHash.slice(question + 1), scrub)}`;
  const fragment = hash === -1 ? '' : `#${scrubForm(target.slice(hash + 1), scrub)}`;
  const base = authority.exec(before);
  const scheme = base?.[1] ?? '';
  const host = base?.[2] ?? '';
  const path = before.slice(scheme.length + host.length);
  return `${scheme}${scrubAuthority(host, scrub)}${scrubPath(path, scrub)}${query}${fragment}`;
}

function scrubAuthority(text: string, scrub: Scrub): string {
  const at = text.lastIndexOf('@');
  if (at === -1) return text;
  const colon = text.indexOf(':');
  const end = colon === -1 || colon > at ? at : colon;
  const user = scrubEscaped(text.slice(0, end), false, (plain) =>
    scrub(plain, { kind: 'field', name: 'user' }),
  );
  if (end === at) return user + text.slice(at);
  const secret = scrubEscaped(text.slice(end + 1, at), false, (plain) =>
    scrub(plain, { kind: 'field', name: 'password' }),
  );
  return `${user}:${secret}${text.slice(at)}`;
}

function scrubPath(path: string, scrub: Scrub): string {
  return path
    .split('/')
    .map((segment) => {
      const [first = '', ...parameters] = segment.split(';');
      const plain = scrubEscaped(first, false, (text) => scrub(text, { kind: 'target', name: '' }));
      return [plain, ...parameters.map((parameter) => scrubForm(parameter, scrub))].join(';');
    })
    .join('/');
}

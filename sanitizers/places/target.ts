import { judgeName } from '../detectors/names.ts';
import type { Place } from '../port.ts';
import { scrubEscaped, scrubForm } from './form.ts';

type Scrub = (text: string, place: Place) => string;

const url = /^(?:[a-z][a-z0-9+.-]{1,20}:\/\/|\/(?=[^\s]*[?/]))[^\s"<>]*$/i;
const authority = /^((?:[a-z][a-z0-9+.-]*:)?\/\/)([^/?#]*)/i;
/** RFC 9112 section 3.2.3, with user info that should not be there. */
const authorityForm = /^[^\s/?#:@]*:[^\s/?#]*@[^\s/?#@]+$/;

/** Whether a whole value is a URL, or a path that is worth taking apart. */
export function looksLikeUrl(text: string): boolean {
  return text.length < 64 * 1024 && url.test(text);
}

/** Scrubs a request target or a URL: user info, path segments, their parameters, query and fragment. */
export function scrubTarget(target: string, scrub: Scrub): string {
  if (authorityForm.test(target)) return scrubAuthority(target, scrub);
  const hash = target.indexOf('#');
  const upToHash = hash === -1 ? target : target.slice(0, hash);
  const question = upToHash.indexOf('?');
  const before = question === -1 ? upToHash : upToHash.slice(0, question);
  const query = question === -1 ? '' : `?${scrubForm(upToHash.slice(question + 1), inQuery(scrub))}`;
  const fragment = hash === -1 ? '' : `#${scrubForm(target.slice(hash + 1), inQuery(scrub))}`;
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

/** In a query, a long `code` is one that opens something (RFC 6749 section 4.1.2); elsewhere it tells of an error. */
function inQuery(scrub: Scrub): Scrub {
  return (text, place) => {
    const code = place.kind === 'field' && place.name === 'code' && looksDrawn(text);
    return scrub(text, code ? { kind: 'field', name: 'authorization_code' } : place);
  };
}

/** Whether a text looks drawn at random, as no word and no small number does. */
function looksDrawn(text: string): boolean {
  return text.length >= 20 || (text.length >= 8 && /\d/.test(text));
}

/** A segment that follows one named as a secret (`/token/…`) is read by that name, unless it is a word. */
function scrubPath(path: string, scrub: Scrub): string {
  let before = '';
  return path
    .split('/')
    .map((segment) => {
      const [first = '', ...parameters] = segment.split(';');
      const name = before;
      before = first.toLowerCase();
      const plain = scrubEscaped(first, false, (text) =>
        scrub(
          text,
          looksDrawn(text) && judgeName(name).secret ? { kind: 'field', name } : { kind: 'target', name: '' },
        ),
      );
      return [plain, ...parameters.map((parameter) => scrubForm(parameter, scrub))].join(';');
    })
    .join('/');
}

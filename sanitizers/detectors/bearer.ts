import type { Detector, Finding, Place } from '../port.ts';
import { assignments } from './assignments.ts';
import { isNoSecret, judgeName } from './names.ts';
import { subprotocolHeader, subprotocolTokens } from './subprotocols.ts';

const publicParameters = new Set(['realm', 'algorithm', 'qop', 'nc', 'uri', 'signedheaders', 'charset']);

/**
 * Bearer tokens (RFC 6750): the credentials of `Authorization`, values of fields and headers that are named as a
 * token or stand among the subprotocols of a WebSocket, and `Bearer …` in any text. Other schemes' credentials go the
 * same way; `Basic` has a detector of its own.
 */
export const bearer: Detector = {
  name: 'bearer',
  version: 3,
  hint: /[:=>]|bearer/,
  find(text, place) {
    if (place.kind === 'header' && place.name === subprotocolHeader) return subprotocolTokens(text);
    if (place.kind === 'header' || place.kind === 'field') {
      const named = judgeName(place.name);
      if (named.authorization) return credentials(text);
      if (named.token) return isNoSecret(text) ? [] : (inScheme(text) ?? whole(text));
    }
    return inText(text, place);
  },
  substitute: (secret, substitutes) => substitutes.of(secret),
};

const whole = (text: string): readonly Finding[] => [{ start: 0, end: text.length }];

const scheme = /^\s*(?:bearer|token|apikey)\s+/i;

function inScheme(text: string): readonly Finding[] | undefined {
  const match = scheme.exec(text);
  return match === null ? undefined : trimmed(text, match[0].length);
}

/** RFC 9110 section 11.2; its padding is no parameter's value. */
const token68 = /^[A-Za-z0-9._~+/-]+=*\s*$/;

/** `scheme credentials`, `scheme name=value, …` or credentials alone (RFC 9110 section 11.4). */
function credentials(text: string): readonly Finding[] {
  const space = /^\s*(\S+)\s+(?=\S)/.exec(text);
  if (space === null) return isNoSecret(text) ? [] : whole(text);
  if (space[1]?.toLowerCase() === 'basic') return [];
  if (token68.test(text.slice(space[0].length))) return trimmed(text, space[0].length);
  const parameters = parametersOf(text, space[0].length);
  return parameters.length > 0 ? parameters : trimmed(text, space[0].length);
}

function trimmed(text: string, start: number): readonly Finding[] {
  const end = text.trimEnd().length;
  return end <= start || isNoSecret(text.slice(start, end)) ? [] : [{ start, end }];
}

const parameter = /([A-Za-z][\w-]{0,63})=(?:"([^"]*)"|(?!=+(?:[\s,]|$))([^\s,"]+))(?:\s*,\s*|\s*$)/y;

function parametersOf(text: string, from: number): readonly Finding[] {
  const found: Finding[] = [];
  parameter.lastIndex = from;
  for (let match = parameter.exec(text); match !== null; match = parameter.exec(text)) {
    const name = match[1] ?? '';
    const value = match[2] ?? match[3] ?? '';
    const start = match.index + name.length + (match[2] === undefined ? 1 : 2);
    if (value !== '' && !publicParameters.has(name.toLowerCase()))
      found.push({ start, end: start + value.length });
    if (parameter.lastIndex === text.length) return found;
  }
  return [];
}

/** A head line that a text quotes, of any scheme but Basic; also folded (RFC 9112 section 5.2). */
const quotedHead =
  /authorization["'\\\]]{0,4}[ \t]{0,8}[:=](?:[ \t]|\r?\n[ \t]){0,8}["'\\[]{0,4}(?!basic\b)[A-Za-z][\w-]{1,30}(?:[ \t]|\r?\n[ \t]){1,8}([^\s"'<>\\]{8,})/gi;

/** `Bearer` and its token, also folded, percent-encoded, or as a protocol of WebSocket (Kubernetes API server). */
const words =
  /\b(?:bearer(?:[ \t\u00a0]|%20|\+|&nbsp;|\r?\n[ \t]){1,4}|base64url\.bearer\.authorization\.k8s\.io\.)([\w.~+/=-]{8,})/gi;

function inText(text: string, place: Place): readonly Finding[] {
  if (place.kind === 'target' || text.length < 8) return [];
  const found: Finding[] = [];
  for (const match of text.matchAll(words)) {
    const value = match[1] ?? '';
    // `bearer tokens` and the like are words about tokens.
    if (value.length < 16 && !/\d/.test(value)) continue;
    const end = match.index + match[0].length;
    found.push({ start: end - value.length, end });
  }
  for (const match of text.matchAll(quotedHead)) {
    const end = match.index + match[0].length;
    found.push({ start: end - (match[1]?.length ?? 0), end });
  }
  for (const { start, end } of assignments(text, (name) => judgeName(name).token)) {
    const value = text.slice(start, end);
    const prefix = scheme.exec(value)?.[0].length ?? 0;
    if (isNoSecret(value) || value.length - prefix < 8 || scheme.test(`${value} `)) continue;
    if (/^(basic|digest|bearer)$/i.test(value)) continue;
    found.push({ start: start + prefix, end });
  }
  return ordered(found);
}

function ordered(found: readonly Finding[]): readonly Finding[] {
  let last = 0;
  return found
    .toSorted((a, b) => a.start - b.start)
    .filter(({ start, end }) => {
      if (start < last) return false;
      last = end;
      return true;
    });
}

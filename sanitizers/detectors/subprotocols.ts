import type { Finding } from '../port.ts';
import { isNoSecret, judgeName } from './names.ts';

/** The header in which both sides name subprotocols (RFC 6455 section 11.3.4), lower case. */
export const subprotocolHeader = 'sec-websocket-protocol';

/**
 * Tokens among the subprotocols of a WebSocket: browsers can set no other header there, so clients put them between
 * the names. It is what stands behind `bearer`, `access_token` and the like, as the next entry or in the same one,
 * and what looks like a token. Names that services choose from stay as they are.
 */
export function subprotocolTokens(text: string): readonly Finding[] {
  const found: Finding[] = [];
  let introduced = false;
  let at = 0;
  for (const entry of text.split(',')) {
    const name = entry.trim();
    const start = at + entry.length - entry.trimStart().length;
    at += entry.length + 1;
    if (name === '') continue;
    const from = tokenIn(name, introduced);
    if (from !== undefined) found.push({ start: start + from, end: start + name.length });
    introduced = introduces(name);
  }
  return found;
}

/** Whether the list ends with a name behind which a token comes: the next line of the header may hold it. */
export function awaitsToken(text: string): boolean {
  return introduces(text.slice(text.lastIndexOf(',') + 1).trim());
}

/** Where in an entry the token begins; `undefined` where there is none. */
function tokenIn(entry: string, introduced: boolean): number | undefined {
  const behind = behindName(entry);
  if (behind !== undefined) return behind;
  if (knownNames.test(entry) || exactNames.test(entry)) return undefined;
  if (introduced) return isNoSecret(entry) ? undefined : 0;
  return looksOpaque(entry) ? 0 : undefined;
}

function introduces(entry: string): boolean {
  return !knownNames.test(entry) && judgeName(entry).secret;
}

/** Subprotocols that are registered with IANA or in wide use. */
const knownNames =
  /^(?:graphql-(?:ws|transport-ws)|subscriptions-transport-ws|mqtt(?:v?3\.1(?:\.1)?)?|v1[0-2]\.stomp|stomp|wamp(?:\.2\.[\w.]{1,40})?|ocpp\d(?:\.\d){1,2}|(?:v\d\.|base64\.)?(?:channel|portforward|binary)\.k8s\.io|v\d\.base64\.channel\.k8s\.io|soap|xmpp|sip|msrp|bfcp|amqp(?:wsb10)?|actioncable-(?:v1-json|unsupported)|(?:json|protobuf)(?:\.reliable)?\.webpubsub\.azure\.v1|realtime|binary|base64|json|msgpack|protobuf|vite-(?:hmr|ping)|chat|superchat|v\d{1,2}|socket\.io|janus-protocol|nats|rtsp|jsonrpc(?:-?2\.0)?|tty|webtty|guacamole)$/i;

/** Names that are no token themselves wherever they stand. */
const exactNames =
  /^(?:bearer|token|jwt|auth(?:orization)?|api[_-]?key|(?:access|auth|id|bearer)[_-]?token|x-(?:auth|access)-token|x-api-key)$/i;

/** `base64url.bearer.authorization.k8s.io.TOKEN`: the Kubernetes API server, and others after its manner. */
const kubernetes = /^(?:[\w-]{1,40}\.)?bearer\.(?:[\w-]{1,40}\.){0,6}?k8s\.io\./i;
const shortestBehind = 8;

/** Where the token begins in `bearer.TOKEN`, `openai-insecure-api-key.TOKEN`. */
function behindName(entry: string): number | undefined {
  const prefix = kubernetes.exec(entry)?.[0].length;
  if (prefix !== undefined) return prefix < entry.length ? prefix : undefined;
  let from: number | undefined;
  let begin = 0;
  for (const { index } of entry.slice(0, longestName).matchAll(/[.:=|~_!-]/g)) {
    const names =
      from === undefined
        ? judgeName(entry.slice(0, index)).secret
        : exactNames.test(entry.slice(begin, index));
    if (names) from = index + 1;
    if (from !== undefined && !names) break;
    begin = index + 1;
  }
  if (from === undefined || exactNames.test(entry)) return undefined;
  const rest = entry.slice(from);
  if (rest.length < shortestBehind || knownNames.test(rest)) return undefined;
  // `auth-with-retries` is a name; `auth.…` and `bearer-…` go in doubt.
  const joined = /[-_]/.test(entry.charAt(from - 1)) && !/\bbearer.$/i.test(entry.slice(0, from));
  return joined && !looksOpaque(rest) ? undefined : from;
}

const longestName = 80;
const shortestOpaque = 16;
const opaqueSigns = 12;
const longestWord = 24;
/** Words, abbreviations and versions: `transport`, `GraphQL`, `k8s`, `v2024`. */
const word = /^(?:[A-Z]{0,4}[a-z]+(?:[A-Z]{1,3}[a-z]{2,})*|[A-Z]+)?\d{0,4}[a-z]{0,4}$/;

/** Whether an entry is made of what no name is made of: long runs of letters and digits in no order. */
function looksOpaque(entry: string): boolean {
  if (entry.length < shortestOpaque) return false;
  const odd = entry.split(/[^A-Za-z0-9]+/).filter((part) => part.length > longestWord || !word.test(part));
  return odd.reduce((signs, part) => signs + part.length, 0) >= opaqueSigns;
}

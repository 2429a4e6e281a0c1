import { Fields } from './fields.ts';
import { pseudonym } from './names.ts';

/** What a service is told of how a request came. */
export interface Came {
  /** The client's IP address. */
  readonly from: string;
  readonly encrypted: boolean;
  /** Whether the client is believed what it says of who came to it. */
  readonly trusted: boolean;
}

/** The beginning of a request, as Node reads it. */
export interface RequestHead {
  readonly raw: readonly string[];
  readonly method: string;
  /** Whom it is for. */
  readonly host: string | undefined;
}

/** Fields of one connection, never forwarded (RFC 9110 section 7.6.1). */
const ofConnection: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'transfer-encoding',
  'upgrade',
]);
/** What a client cannot have taken away by naming it in Connection: a service would read the message otherwise. */
const kept: ReadonlySet<string> = new Set(['host', 'content-length', 'content-type', 'x-forwarded-for']);
/** A member of Proxy-Status (RFC 9209 section 2) that is the gateway's own. */
const namesGateway = new RegExp(`(^|,)[ \\t]*"?${pseudonym}"?[ \\t]*([;,]|$)`);
/** What proxies tell of the way before them (RFC 7239); a client that is none can write it too. */
const tellsOfBefore = /^(forwarded|x-forwarded-.*)$/i;
/** All others Node sends with some body, if only of no bytes, where nothing is said of one. */
const withoutBody: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE']);

/** Names and values of a raw list of Node's, in turn. */
export function* pairsOf(raw: readonly string[]): Generator<[name: string, value: string]> {
  for (let i = 0; i + 1 < raw.length; i += 2) yield [raw[i] ?? '', raw[i + 1] ?? ''];
}

/** Without the fields that belong to the connection; a duplicate stays one. */
export function endToEnd(raw: readonly string[]): [name: string, value: string][] {
  const named = new Set(listed(raw, 'connection').filter((name) => !kept.has(name)));
  return [...pairsOf(raw)].filter(([name]) => {
    const lower = name.toLowerCase();
    return !ofConnection.has(lower) && !named.has(lower);
  });
}

/** Fields of a service's response as they go on to its client. */
export function answerFields(raw: readonly string[]): [name: string, value: string][] {
  return withoutVerdicts(endToEnd(raw));
}

/** Without what reads as if the gateway had given the response itself: observers believe it, and services may not say it. */
export function withoutVerdicts(
  pairs: Iterable<[name: string, value: string]>,
): [name: string, value: string][] {
  return [...pairs].filter(
    ([name, value]) => name.toLowerCase() !== 'proxy-status' || !namesGateway.test(value),
  );
}

/**
 * The fields of a request as it goes on to its service: all that are end-to-end, as they came, with Via and the
 * X-Forwarded fields. Of the connection's own those that make it framed as it was; `Expect` is left to the caller.
 */
export function requestFields(head: RequestHead, came: Came): Fields {
  const { raw, method } = head;
  const fields = forwarded(head, came);
  fields.remove('Expect');
  if (listed(raw, 'transfer-encoding').length > 0) {
    fields.add('Transfer-Encoding', 'chunked');
    fields.remove('Content-Length');
  } else if (!withoutBody.has(method) && fields.get('Content-Length').length === 0) {
    fields.add('Content-Length', '0');
  }
  if (listed(raw, 'te').includes('trailers')) {
    fields.add('TE', 'trailers');
    fields.add('Connection', 'TE');
  }
  return fields;
}

/** The fields of a request that asks for another protocol: with Connection and Upgrade, which the service must see. */
export function upgradeFields(head: RequestHead, came: Came): Fields {
  const fields = forwarded(head, came);
  fields.add('Connection', 'Upgrade');
  for (const [name, value] of pairsOf(head.raw))
    if (name.toLowerCase() === 'upgrade') fields.add(name, value);
  return fields;
}

/** A target in absolute form as a service is asked for it (RFC 9112 section 3.2.2). */
export function originForm(target: string): string {
  const absolute = /^https?:\/\/[^/?#]*(.*)$/i.exec(target);
  if (absolute === null) return target;
  const [, rest = ''] = absolute;
  return rest.startsWith('/') ? rest : `/${rest}`;
}

/** The values of a field's lines. */
export function linesOf(raw: readonly string[], lowerName: string): string[] {
  return [...pairsOf(raw)].filter(([name]) => name.toLowerCase() === lowerName).map(([, value]) => value);
}

function forwarded({ raw, host }: RequestHead, { from, encrypted, trusted }: Came): Fields {
  const fields = new Fields(endToEnd(raw).filter(([name]) => trusted || !tellsOfBefore.test(name)));
  if (host !== undefined) fields.replace('Host', host);
  fields.add('Via', `1.1 ${pseudonym}`);
  fields.replace('X-Forwarded-For', [...fields.get('X-Forwarded-For'), from].join(', '));
  if (host !== undefined) addMissing(fields, 'X-Forwarded-Host', host);
  addMissing(fields, 'X-Forwarded-Proto', encrypted ? 'https' : 'http');
  return fields;
}

function addMissing(fields: Fields, name: string, value: string): void {
  if (fields.get(name).length === 0) fields.add(name, value);
}

/** The members of a list field, lower-case, without parameters. */
function listed(raw: readonly string[], lowerName: string): string[] {
  return linesOf(raw, lowerName)
    .flatMap((value) => value.split(','))
    .map((member) => (member.split(';', 1)[0] ?? '').trim().toLowerCase())
    .filter(Boolean);
}

import { pseudonym } from './names.ts';

/** Fields by their names as they were first written; several lines of one name as a list. */
export type Fields = Record<string, string | string[]>;

/** What a service is told of how a request came. */
export interface Came {
  /** The client's IP address. */
  readonly from: string;
  readonly encrypted: boolean;
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
/** Methods that Node sends with a chunked body of no bytes, where nothing is said of a body. */
const withBody: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH']);

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

/**
 * The fields of a request as it goes on to its service: all that are end-to-end, as they came, with Via and the
 * X-Forwarded fields. Of the connection's own those that make it framed as it was; `Expect` is left to the caller.
 */
export function requestFields(raw: readonly string[], method: string, came: Came): Fields {
  const ends = endToEnd(raw).filter(([name]) => name.toLowerCase() !== 'expect');
  const fields = addPath(grouped(ends), came);
  if (listed(raw, 'transfer-encoding').length > 0) {
    put(fields, 'Transfer-Encoding', 'chunked');
    take(fields, 'content-length');
  } else if (withBody.has(method) && find(fields, 'content-length') === undefined) {
    put(fields, 'Content-Length', '0');
  }
  if (listed(raw, 'te').includes('trailers')) {
    put(fields, 'TE', 'trailers');
    put(fields, 'Connection', 'TE');
  }
  return fields;
}

/** The fields of a request that asks for another protocol: with Connection and Upgrade, which the service must see. */
export function upgradeFields(raw: readonly string[], came: Came): Fields {
  const fields = addPath(grouped(endToEnd(raw)), came);
  fields.Connection = 'Upgrade';
  for (const [name, value] of pairsOf(raw)) if (name.toLowerCase() === 'upgrade') fields[name] = value;
  return fields;
}

/** The first value of a field. */
export function firstOf(raw: readonly string[], lowerName: string): string | undefined {
  for (const [name, value] of pairsOf(raw)) if (name.toLowerCase() === lowerName) return value;
  return undefined;
}

/** Lines of one name under the spelling of the first. */
export function grouped(pairs: Iterable<readonly [name: string, value: string]>): Fields {
  const fields: Fields = {};
  const spelled = new Map<string, string>();
  for (const [name, value] of pairs) {
    const lower = name.toLowerCase();
    const first = spelled.get(lower) ?? name;
    spelled.set(lower, first);
    const before = fields[first];
    if (before === undefined) fields[first] = value;
    else if (Array.isArray(before)) before.push(value);
    else fields[first] = [before, value];
  }
  return fields;
}

function addPath(fields: Fields, { from, encrypted }: Came): Fields {
  add(fields, 'Via', `1.1 ${pseudonym}`);
  const name = find(fields, 'x-forwarded-for') ?? 'X-Forwarded-For';
  fields[name] = [...[fields[name] ?? []].flat(), from].join(', ');
  const host = fields[find(fields, 'host') ?? ''];
  if (typeof host === 'string' && find(fields, 'x-forwarded-host') === undefined) {
    put(fields, 'X-Forwarded-Host', host);
  }
  if (find(fields, 'x-forwarded-proto') === undefined) {
    put(fields, 'X-Forwarded-Proto', encrypted ? 'https' : 'http');
  }
  return fields;
}

function find(fields: Fields, lowerName: string): string | undefined {
  return Object.keys(fields).find((name) => name.toLowerCase() === lowerName);
}

function put(fields: Fields, name: string, value: string): void {
  take(fields, name.toLowerCase());
  fields[name] = value;
}

function take(fields: Fields, lowerName: string): void {
  const name = find(fields, lowerName);
  if (name !== undefined) delete fields[name];
}

/** One more line of the name. */
function add(fields: Fields, name: string, value: string): void {
  const first = find(fields, name.toLowerCase()) ?? name;
  const before = fields[first];
  fields[first] = before === undefined ? value : [before, value].flat();
}

/** The members of a list field, lower-case, without parameters. */
function listed(raw: readonly string[], lowerName: string): string[] {
  const values = [...pairsOf(raw)].filter(([name]) => name.toLowerCase() === lowerName);
  return values
    .flatMap(([, value]) => value.split(','))
    .map((member) => (member.split(';', 1)[0] ?? '').trim().toLowerCase())
    .filter(Boolean);
}

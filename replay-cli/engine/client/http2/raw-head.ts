import { DvrError } from '../../../../errors/index.ts';
import type { HeaderField, RequestHead, ResponseHead } from '../../../../tape/exchange.ts';

/** A head as node:http2 takes and gives it: names and values in turn. */
export type RawHead = string[] & { host?: string };

/**
 * A request head in the order in which it was sent; where method and path stood among the pseudo fields, the tape does
 * not know. Without an authority the target's is added by node:http2, but not beside a Host field: RFC 9113 section
 * 8.3.1 has either. Throws `usage` where what was set by hand is nothing for HTTP/2.
 */
export function rawRequestHead(head: RequestHead): RawHead {
  // The recorded head was looked at before.
  const why = whyNoHttp2Head(head);
  if (why !== undefined)
    throw new DvrError('usage', `the request cannot be sent: ${why}`, { where: '--header' });
  const { method, target, fields } = head;
  const pseudo: string[] = [];
  const regular: string[] = [];
  for (const [name, value] of fields) (name.startsWith(':') ? pseudo : regular).push(name, value);
  const raw: RawHead = [':method', method, ...pseudo, ':path', target, ...regular];
  const host = fields.find(([name]) => name === 'host')?.[1];
  // Node 24 looks for the name as a property of the list, and would otherwise add its own authority.
  if (host !== undefined) raw.host = host;
  return raw;
}

/** What came as a response's head: its status and its fields in their order. */
export function responseHead(raw: readonly string[]): ResponseHead {
  const fields = fieldsOf(raw);
  const status = Number(fields.find(([name]) => name === ':status')?.[1] ?? 0);
  return { version: 'HTTP/2', status, reason: '', fields: fields.filter(([name]) => name !== ':status') };
}

export function fieldsOf(raw: readonly string[]): HeaderField[] {
  const fields: HeaderField[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2)
    fields.push([raw[index] ?? '', raw[index + 1] ?? '']);
  return fields;
}

/** Trailers as node:http2 takes them: values of one name together. */
export function trailerObject(fields: readonly HeaderField[]): Record<string, string[]> {
  const trailers: Record<string, string[]> = {};
  for (const [name, value] of fields) {
    const values = trailers[name];
    if (values === undefined) trailers[name] = [value];
    else values.push(value);
  }
  return trailers;
}

/** Fields that no HTTP/2 message may have (RFC 9113 section 8.2.2), which node:http2 refuses to send. */
const connectionSpecific: ReadonlySet<string> = new Set([
  'connection',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
]);

/** Why a head cannot be sent over HTTP/2 as it stands; undefined where it can. */
export function whyNoHttp2Head({ fields }: RequestHead): string | undefined {
  for (const [name, value] of fields) {
    if (connectionSpecific.has(name.toLowerCase()) || (name.toLowerCase() === 'te' && value !== 'trailers'))
      return `its field ${name} is not allowed in HTTP/2`;
    if (!/^:?[!#$%&'*+.^_`|~0-9a-z-]+$/i.test(name) || /[\r\n\0]/.test(value))
      return 'its head has a field that is not valid HTTP';
  }
  return undefined;
}

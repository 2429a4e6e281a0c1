import type { HeaderField, RequestHead } from '../../../tape/exchange.ts';
import { fieldValue } from '../../../wire/http1/head.ts';
import type { ConnectionDecoder, DecodeContext, DecodedUpgrade } from '../connection-decoder.ts';
import { Http2Decoder } from './decoder.ts';
import { Http2Exchange } from './exchange.ts';

/** Fields of HTTP/1.1 that are about its connection, and the Host, which is `:authority` (RFC 9113 section 8.2.2). */
const ofConnection: ReadonlySet<string> = new Set([
  'connection',
  'upgrade',
  'http2-settings',
  'host',
  'keep-alive',
]);

/**
 * Behind a 101 to `h2c`: the request that asked for it is that of stream 1 (RFC 7540 section 3.2), and stands on the tape
 * as HTTP/2 has it. Undefined where it lacks its HTTP2-Settings.
 */
export function decodeH2c(context: DecodeContext, upgrade: DecodedUpgrade): ConnectionDecoder | undefined {
  const { head, request, triggers } = upgrade.exchange;
  const settings = fieldValue(head.fields, 'http2-settings');
  if (settings === undefined) return undefined;
  const exchange = new Http2Exchange(1, asHttp2(head), request);
  exchange.requestOver = true;
  exchange.triggers.push(...triggers);
  const decoder = new Http2Decoder(context);
  const { method, target: path } = head;
  decoder.begin({ method, path, settings: Buffer.from(settings, 'base64url') }, upgrade.offsets, exchange);
  return decoder;
}

function asHttp2({ method, target, fields }: RequestHead): RequestHead {
  const host = fieldValue(fields, 'host');
  const kept = fields
    .filter(([name]) => !ofConnection.has(name.toLowerCase()))
    .map(([name, value]): HeaderField => [name.toLowerCase(), value.trim()]);
  const authority: HeaderField[] = host === undefined ? [] : [[':authority', host]];
  return { method, target, version: 'HTTP/2', fields: [[':scheme', 'http'], ...authority, ...kept] };
}

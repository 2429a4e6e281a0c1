import type { ExchangeWithBodies, HeaderField } from '../../../../tape/exchange.ts';
import { decodeBinary } from '../../../../wire/grpc/metadata.ts';
import type { OutgoingRequest } from '../../request/replace-body.ts';
import type { CallView } from '../stream/call-view.ts';
import { cancelCode } from '../stream/outlet.ts';

/**
 * Why a call is not sent by grpc-js but as recorded bytes: what grpc-js would send otherwise, or could not tell apart.
 * Undefined where it can be trusted with it.
 */
export function whyNotGrpcJs(
  request: OutgoingRequest,
  view: CallView,
  { exchange }: ExchangeWithBodies,
): string | undefined {
  const { head, trailers, body } = request.message;
  const { call, encoding, sent } = view;
  const type = head.fields.find(([name]) => name === 'content-type')?.[1] ?? '';
  if (call.dialect !== 'grpc' || call.codec !== 'proto') return `its messages are ${type}`;
  if (head.method !== 'POST') return `its method is ${head.method}`;
  if ((trailers?.length ?? 0) > 0) return 'its request has trailers';
  if (view.rest > 0 || body.lost !== undefined) return 'its last message is not whole';
  if (!encodings.has(encoding)) return `its messages are compressed with ${encoding}`;
  // Each is so or none: grpc-js has one setting for a connection.
  if (sent.some(({ compressed }) => compressed !== (encoding !== '')))
    return 'only some of its messages are compressed';
  return whyNotMetadata(head.fields) ?? whyNotEnd(exchange);
}

/** Compressions of grpc-js, with their numbers. */
export const encodings: ReadonlyMap<string, number> = new Map([
  ['', 0],
  ['deflate', 1],
  ['gzip', 2],
]);

/** Fields that are no metadata: grpc-js writes its own, or they have no place in HTTP/2. */
export const ownFields: ReadonlySet<string> = new Set([
  ...['content-type', 'te', 'user-agent', 'grpc-encoding', 'grpc-accept-encoding', 'accept-encoding'],
]);

/** Why fields cannot be metadata of a call. */
export function whyNotMetadata(fields: readonly HeaderField[]): string | undefined {
  for (const [name, value] of fields) {
    if (name.startsWith(':') || ownFields.has(name)) continue;
    const isBinary = name.endsWith('-bin');
    if (!/^[0-9a-z_.-]+$/.test(name) || (!isBinary && !/^[ -~]*$/.test(value)))
      return `its metadata ${name} is not of the form that gRPC asks for`;
    if (isBinary && decodeBinary(value) === undefined) return `its metadata ${name} is no base64`;
  }
  if (fields.filter(([name]) => name === 'authorization').length > 1)
    return 'it has more than one authorization';
  return undefined;
}

function whyNotEnd({ failure, rst, response }: ExchangeWithBodies['exchange']): string | undefined {
  if (failure === 'client_gone') return 'its client went away with the connection';
  if (failure === 'client_rst' && (rst ?? cancelCode) !== cancelCode)
    return `its client reset it with code ${rst}`;
  if (response !== undefined && response.head.status !== 200)
    return `it was answered by HTTP status ${response.head.status}`;
  return undefined;
}

import type { Body, HeaderField } from '../../tape/exchange.ts';
import { type Call, encodingOf, type MessageType, responseType } from '../../wire/grpc/call.ts';
import { openMessage } from '../../wire/grpc/compression.ts';
import { readFrames } from '../../wire/grpc/messages.ts';
import type { Side } from './message-views.ts';

/** A message of a call. */
export interface CallMessage {
  readonly from: Side;
  /** From 1, of its side. */
  readonly number: number;
  /** When its last byte came, on the clock of the arrivals that were given. */
  readonly at: number | undefined;
  /** Compression taken off; undefined where that cannot be done. */
  readonly content: Uint8Array | undefined;
}

/** Bytes that a message may have once it is opened. */
const contentLimit = 16 * 1024 * 1024;

/** The messages of one side of a call; undefined where the body is no part of one (a proxy's page, an error's JSON). */
export function callMessages(
  call: Call,
  from: Side,
  head: { readonly fields: readonly HeaderField[]; readonly status?: number },
  body: Uint8Array,
  arrivals: Body['arrivals'],
): readonly CallMessage[] | undefined {
  const type: MessageType | undefined = from === 'client' ? call : responseType(call, head.fields);
  const isError = call.dialect === 'connect' && head.status !== undefined && head.status !== 200;
  if (type === undefined || isError || isInQuery(call, from, body)) return undefined;
  const encoding = encodingOf(type, head.fields);
  const { frames } = readFrames(body, type.dialect, encoding, arrivals);
  return frames
    .filter(({ kind }) => kind === 'message')
    .map(({ payload, compressed, at }, index) => ({
      from,
      number: index + 1,
      at,
      content: openMessage(payload, compressed ? encoding || 'unknown' : '', contentLimit),
    }));
}

/** A GET of Connect has no body that would be a message. */
function isInQuery({ dialect }: Call, from: Side, body: Uint8Array): boolean {
  return dialect === 'connect' && from === 'client' && body.length === 0;
}

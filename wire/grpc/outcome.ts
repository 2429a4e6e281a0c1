import { isRecord, parsedJson } from '../../program/json.ts';
import type { HeaderField } from '../../tape/exchange.ts';
import { type GrpcCodeName, grpcCodeName, grpcCodeOf, knownGrpcCode } from '../../tunnel/grpc-codes.ts';
import { fieldValue } from '../http1/head.ts';
import { type Call, encodingOf } from './call.ts';
import { openMessage } from './compression.ts';
import { readFrames } from './messages.ts';
import { decodeBinary, decodeStatusMessage } from './metadata.ts';

/** How a call ended. */
export interface CallOutcome {
  readonly code: number;
  readonly name: GrpcCodeName;
  readonly message: string;
  /** The details as a `google.rpc.Status` (gRPC), or as messages by type (Connect). */
  readonly status?: Uint8Array;
  readonly details?: readonly { readonly type: string; readonly value: Uint8Array }[];
}

/** What there is of a response. */
export interface CallResponse {
  readonly head: { readonly status: number; readonly fields: readonly HeaderField[] };
  readonly body: Uint8Array;
  readonly trailers?: readonly HeaderField[];
}

/** Bytes of the frame that ends a stream, opened. */
const endLimit = 1024 * 1024;

/**
 * How a response says that its call ended; undefined where it says nothing: it is not whole. An answer of another kind
 * (a proxy's HTML) has the code that its HTTP status stands for.
 */
export function outcomeOf(call: Pick<Call, 'dialect'>, response: CallResponse): CallOutcome | undefined {
  const { head, trailers } = response;
  switch (call.dialect) {
    case 'grpc':
      return statusIn(trailers ?? []) ?? statusIn(head.fields) ?? ofHttpStatus(head.status);
    case 'grpc-web':
    case 'grpc-web-text':
      return (
        statusIn(endOf(call, response, parseTrailerFrame) ?? []) ??
        statusIn(head.fields) ??
        statusIn(trailers ?? []) ??
        ofHttpStatus(head.status)
      );
    case 'connect-stream':
      return endOf(call, response, parseEndOfStream) ?? ofHttpStatus(head.status);
    case 'connect':
      return head.status === 200 ? ok : (unaryError(call, response) ?? ofHttpStatus(head.status));
  }
}

/** The code that fields (trailers, or a head that has no body behind it) tell; undefined where they tell none. */
export function codeIn(fields: readonly HeaderField[]): number | undefined {
  const value = fieldValue(fields, 'grpc-status');
  return value === undefined || !/^\d{1,9}$/.test(value) ? undefined : knownGrpcCode(Number(value));
}

/** Codes of answers that are no gRPC (gRPC, "HTTP to gRPC Status Code Mapping"). */
export function ofHttpStatus(status: number): CallOutcome | undefined {
  if (status === 200) return undefined;
  const codes: Readonly<Record<number, GrpcCodeName>> = {
    400: 'INTERNAL',
    401: 'UNAUTHENTICATED',
    403: 'PERMISSION_DENIED',
    404: 'UNIMPLEMENTED',
    429: 'UNAVAILABLE',
    502: 'UNAVAILABLE',
    503: 'UNAVAILABLE',
    504: 'UNAVAILABLE',
  };
  const name = codes[status] ?? 'UNKNOWN';
  return { code: grpcCodeOf(name) ?? 2, name, message: `HTTP status ${status}` };
}

const ok: CallOutcome = { code: 0, name: 'OK', message: '' };

function statusIn(fields: readonly HeaderField[]): CallOutcome | undefined {
  const code = codeIn(fields);
  if (code === undefined) return undefined;
  const message = decodeStatusMessage(fieldValue(fields, 'grpc-message') ?? '');
  const details = decodeBinary(fieldValue(fields, 'grpc-status-details-bin') ?? '')?.[0];
  const status = details === undefined || details.length === 0 ? {} : { status: details };
  return { code, name: grpcCodeName(code), message, ...status };
}

/** What the last frame of a body says, in the dialects that end a stream in the body. */
function endOf<T>(
  call: Pick<Call, 'dialect'>,
  { head, body }: CallResponse,
  parse: (text: string) => T | undefined,
): T | undefined {
  const encoding = encodingOf(call, head.fields);
  const last = readFrames(body, call.dialect, encoding, []).frames.findLast(({ kind }) => kind !== 'message');
  if (last === undefined) return undefined;
  const opened = last.compressed ? openMessage(last.payload, encoding, endLimit) : last.payload;
  return opened === undefined ? undefined : parse(Buffer.from(opened).toString('utf8'));
}

/** Fields as HTTP/1 writes them (gRPC-Web protocol, "HTTP/1 trailers"). */
export function parseTrailerFrame(text: string): readonly HeaderField[] {
  return text.split(/\r?\n/).flatMap((line): HeaderField[] => {
    const colon = line.indexOf(':');
    return colon < 1 ? [] : [[line.slice(0, colon).trim(), line.slice(colon + 1).trim()]];
  });
}

/** The code that a Connect name stands for: `not_found`, and `canceled` with one l. */
function connectCode(name: unknown): number | undefined {
  if (name === 'canceled') return 1;
  return typeof name === 'string' ? grpcCodeOf(name.toUpperCase()) : undefined;
}

/** A Connect error (Connect protocol, "Error-End-Stream"); undefined where the text is none. */
function connectError(error: unknown): CallOutcome | undefined {
  if (!isRecord(error)) return undefined;
  const code = connectCode(error.code);
  if (code === undefined) return undefined;
  const message = typeof error.message === 'string' ? error.message : '';
  const details = Array.isArray(error.details) ? error.details.flatMap(connectDetail) : [];
  return { code, name: grpcCodeName(code), message, ...(details.length === 0 ? {} : { details }) };
}

function connectDetail(detail: unknown): { type: string; value: Uint8Array }[] {
  if (!isRecord(detail) || typeof detail.type !== 'string' || typeof detail.value !== 'string') return [];
  return [{ type: detail.type, value: Buffer.from(detail.value, 'base64') }];
}

function parseEndOfStream(text: string): CallOutcome | undefined {
  const end = parsedJson(text);
  if (!isRecord(end)) return undefined;
  if (end.error === undefined) return ok;
  return connectError(end.error) ?? { code: 2, name: 'UNKNOWN', message: '' };
}

function unaryError(call: Pick<Call, 'dialect'>, { head, body }: CallResponse): CallOutcome | undefined {
  const opened = openMessage(body, encodingOf(call, head.fields), endLimit);
  return opened === undefined ? undefined : connectError(parsedJson(Buffer.from(opened).toString('utf8')));
}

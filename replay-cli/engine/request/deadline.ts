import type { HeaderField } from '../../../tape/exchange.ts';
import { callOf } from '../../../wire/grpc/call.ts';
import { parseConnectTimeout, parseTimeout } from '../../../wire/grpc/metadata.ts';
import type { Replacement } from '../port.ts';
import type { OutgoingRequest } from './replace-body.ts';

/** How a payload is sent, as far as its deadline goes by it. */
export interface Pacing {
  /** Recorded time is divided by it. */
  readonly speed: number;
  /** One payload is sent by hand, and a person waits for its answer. */
  readonly stepping: boolean;
}

/** A request with its deadline as it is sent. */
export interface WithDeadline {
  readonly request: OutgoingRequest;
  readonly replaced: readonly Replacement[];
  /** What the client gives the call, milliseconds; absent where it has no deadline. */
  readonly deadlineMs?: number;
}

/** Milliseconds that a value of the field tells. */
type Read = (value: string) => number | undefined;

const fields: ReadonlyMap<string, { readonly read: Read; readonly write: (ms: number) => string }> = new Map([
  ['grpc-timeout', { read: parseTimeout, write: writeTimeout }],
  ['connect-timeout-ms', { read: parseConnectTimeout, write: (ms: number) => `${Math.ceil(ms)}` }],
]);

/**
 * The deadline that a call carries goes as it was recorded. It is drawn out where recorded time is (a speed below 1), so
 * that a stream does not outlive it, and never shortened, since the service works no faster. Of a call that is sent by
 * hand it is left out: it would pass while the service stands at a breakpoint.
 */
export function withDeadline(request: OutgoingRequest, { speed, stepping }: Pacing): WithDeadline {
  const { head } = request.message;
  const field = head.fields.find(([name]) => fields.has(name.toLowerCase()));
  const format = field && fields.get(field[0].toLowerCase());
  const recordedMs = field && format?.read(field[1]);
  if (field === undefined || format === undefined || recordedMs === undefined || callOf(head) === undefined)
    return { request, replaced: [] };
  const [name, old] = field;
  if (stepping) return { request: without(request, field), replaced: [replacement(name, old, '')] };
  const deadlineMs = recordedMs / Math.min(1, speed);
  if (deadlineMs === recordedMs) return { request, replaced: [], deadlineMs };
  const value = format.write(deadlineMs);
  return { request: replacing(request, field, value), replaced: [replacement(name, old, value)], deadlineMs };
}

function replacement(name: string, old: string, value: string): Replacement {
  return { where: `header ${name}`, old, value, by: { kind: 'pace' } };
}

function without(request: OutgoingRequest, field: HeaderField): OutgoingRequest {
  return withFields(request, (all) => all.filter((one) => one !== field));
}

function replacing(request: OutgoingRequest, field: HeaderField, value: string): OutgoingRequest {
  return withFields(request, (all) => all.map((one) => (one === field ? [one[0], value] : one)));
}

function withFields(
  request: OutgoingRequest,
  change: (fields: readonly HeaderField[]) => readonly HeaderField[],
): OutgoingRequest {
  const { message } = request;
  return {
    ...request,
    message: { ...message, head: { ...message.head, fields: change(message.head.fields) } },
  };
}

/** A `grpc-timeout` has at most eight digits. */
function writeTimeout(ms: number): string {
  const whole = Math.ceil(ms);
  return whole < 1e8 ? `${whole}m` : `${Math.min(99_999_999, Math.ceil(ms / 1000))}S`;
}

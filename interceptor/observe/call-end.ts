import type { HeaderField } from '../../tape/exchange.ts';
import { messageTypeOf } from '../../wire/grpc/call.ts';
import { CallEnd } from '../../wire/grpc/call-end.ts';
import type { HeadFacts } from './head-facts.ts';

/** A request of Connect names its version: its type may be any that JSON has. */
export const connectVersion = 'connect-protocol-version';

const ok = 200;

/** Fields of a response's head that tell a code or a compression. */
export const tellingFields: readonly string[] = [
  'grpc-status',
  'grpc-message',
  'grpc-encoding',
  'connect-content-encoding',
  'content-encoding',
];

/**
 * What follows the body of a response; undefined where it is none of a call that ends there. `namesVersion` is asked
 * whether the request has `connectVersion`.
 */
export function callEndOf(
  status: number,
  response: HeadFacts,
  namesVersion: () => boolean,
): CallEnd | undefined {
  const dialect = messageTypeOf(response.field('content-type'))?.dialect;
  if (dialect === undefined || dialect === 'grpc') return undefined;
  if (dialect === 'connect' && (status === ok || !namesVersion())) return undefined;
  return new CallEnd(dialect, status, told(response));
}

function told(response: HeadFacts): HeaderField[] {
  return tellingFields.flatMap((name) => response.fields(name).map((value): HeaderField => [name, value]));
}

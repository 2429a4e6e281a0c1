import type { HeaderField } from '../../../tape/exchange.ts';
import { messageTypeOf } from '../../../wire/grpc/call.ts';
import { CallEnd } from '../../../wire/grpc/call-end.ts';
import type { Http1Head } from '../../../wire/http1/events.ts';
import type { HeadFacts } from '../head-facts.ts';
import type { Http1Flight } from './flights.ts';
import { responseFacts } from './head-facts.ts';

/** Bytes of `application/`, behind which the types of calls begin with g (gRPC-Web) or c (a stream of Connect). */
const typePrefix = 12;
const [g, c] = [0x67, 0x63];
const ok = 200;

/** Fields of a response's head that tell a code or a compression. */
const tellingFields = [
  'grpc-status',
  'grpc-message',
  'grpc-encoding',
  'connect-content-encoding',
  'content-encoding',
];

/** Whether the response may be one whose call ends in its body: nearly all are not, as one look at the type tells. */
export function mayEndInBody({ bytes, status, typeStart }: Http1Head): boolean {
  if (status !== ok) return true;
  const first = typeStart === -1 ? 0 : (bytes[typeStart + typePrefix] ?? 0) | 0x20;
  return first === g || first === c;
}

/** What follows the response's body; undefined where it is none of a call that ends there. */
export function callEndOf(head: Http1Head, flight: Http1Flight): CallEnd | undefined {
  const response = responseFacts(head);
  const dialect = messageTypeOf(response.field('content-type'))?.dialect;
  if (dialect === undefined || dialect === 'grpc') return undefined;
  const isUnary = dialect === 'connect';
  if (isUnary && (head.status === ok || flight.facts?.field('connect-protocol-version') === undefined))
    return undefined;
  return new CallEnd(dialect, head.status, told(response));
}

function told(response: HeadFacts): HeaderField[] {
  return tellingFields.flatMap((name) => response.fields(name).map((value): HeaderField => [name, value]));
}

import type { Http1Head } from '../../../wire/http1/events.ts';

/** Bytes of `application/`, behind which the types of calls begin with g (gRPC-Web) or c (a stream of Connect). */
const typePrefix = 12;
const [g, c] = [0x67, 0x63];
const ok = 200;

/** Whether the response may be one whose call ends in its body: nearly all are not, as one look at the type tells. */
export function mayEndInBody({ bytes, status, typeStart }: Http1Head): boolean {
  if (status !== ok) return true;
  const first = typeStart === -1 ? 0 : (bytes[typeStart + typePrefix] ?? 0) | 0x20;
  return first === g || first === c;
}

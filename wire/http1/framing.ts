import { type Http1Head, type MethodKind, methodKinds } from './events.ts';
import type { HeadScanner } from './head-scanner.ts';

type Facts = Pick<HeadScanner, 'status' | 'method' | 'minor' | 'chunked' | 'contentLength'>;

/** Whether the bytes behind this head are another protocol's: a 101, a CONNECT, or what a CONNECT opened. */
export function opensTunnel(head: Facts, answered: MethodKind): boolean {
  return (
    head.status === 101 ||
    head.method === methodKinds.connect ||
    (answered === methodKinds.connect && head.status >= 200 && head.status < 300)
  );
}

/**
 * How the end of a body is told (RFC 9112 section 6.3); `undefined` where readers would differ. `answered` is the method
 * of the request that a final response answers.
 */
export function framingOf(
  kind: 'request' | 'response',
  head: Facts,
  answered: MethodKind,
): Http1Head['framing'] | undefined {
  const { status, chunked, contentLength } = head;
  if (chunked && (contentLength !== -1 || head.minor === 0)) return undefined;
  if (status >= 100 && status < 200 && status !== 101) {
    return chunked || contentLength > 0 ? undefined : 'none';
  }
  if (status === 204 || status === 304 || answered === methodKinds.head) return 'none';
  if (opensTunnel(head, answered)) return 'none';
  if (chunked) return 'chunked';
  if (contentLength !== -1) return contentLength > 0 ? 'length' : 'none';
  return kind === 'response' ? 'close' : 'none';
}

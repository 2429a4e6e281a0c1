import { transportHeaders } from '../transport-headers.ts';

/**
 * Header fields that frame or describe a message, or name its sender: their values are no state, whatever equals them.
 */
const framing = new Set([
  ...['accept', 'accept-charset', 'accept-encoding', 'accept-language', 'accept-ranges', 'allow'],
  ...['cache-control', 'content-encoding', 'content-language', 'content-length', 'content-type', 'date'],
  ...['expect', 'expires', 'forwarded', 'host', 'origin', 'pragma', 'range'],
  ...['referer', 'retry-after', 'te', 'trailer', 'upgrade', 'user-agent', 'vary'],
  ...['connect-protocol-version', 'connect-timeout-ms'],
  ...['x-forwarded-for', 'x-forwarded-host', 'x-forwarded-port', 'x-forwarded-proto', 'x-real-ip'],
]);

/** Whether a header field (in any case) may carry state from a response to a request. */
export function mayCarryState(name: string): boolean {
  const lower = name.toLowerCase();
  // Those of HTTP/2 that begin with a colon are no header fields.
  if (lower.startsWith(':')) return false;
  if (framing.has(lower) || transportHeaders.has(lower)) return false;
  // Names that begin with `grpc-` are the protocol's own (PROTOCOL-HTTP2 of gRPC, Custom-Metadata).
  return !['sec-', 'access-control-', 'grpc-'].some((start) => lower.startsWith(start));
}

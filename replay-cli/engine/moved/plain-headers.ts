/**
 * Header fields that frame or describe a message, or name its sender: their values are no state, whatever equals them.
 */
const framing = new Set([
  ...[
    'accept',
    'accept-charset',
    'accept-encoding',
    'accept-language',
    'accept-ranges',
    'age',
    'allow',
    'alt-svc',
  ],
  ...[
    'cache-control',
    'connection',
    'content-encoding',
    'content-language',
    'content-length',
    'content-type',
    'date',
  ],
  ...[
    'expect',
    'expires',
    'forwarded',
    'host',
    'keep-alive',
    'origin',
    'pragma',
    'proxy-connection',
    'range',
  ],
  ...[
    'referer',
    'retry-after',
    'server',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
    'user-agent',
    'vary',
    'via',
  ],
  ...['connect-protocol-version', 'connect-timeout-ms', 'grpc-timeout'],
  ...[
    'x-forwarded-for',
    'x-forwarded-host',
    'x-forwarded-port',
    'x-forwarded-proto',
    'x-powered-by',
    'x-real-ip',
  ],
]);

/** Whether a header field (in any case) may carry state from a response to a request. */
export function mayCarryState(name: string): boolean {
  const lower = name.toLowerCase();
  // Those of HTTP/2 that begin with a colon are no header fields.
  if (lower.startsWith(':')) return false;
  return !framing.has(lower) && !lower.startsWith('sec-') && !lower.startsWith('access-control-');
}

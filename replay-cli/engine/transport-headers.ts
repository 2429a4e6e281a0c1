/** Header fields that tell of a connection or of a machine, not of the answer, in lower case. */
export const transportHeaders: ReadonlySet<string> = new Set([
  ...[
    'connection',
    'keep-alive',
    'proxy-connection',
    'transfer-encoding',
    'server',
    'via',
    'age',
    'server-timing',
  ],
  ...['x-powered-by', 'x-runtime', 'x-response-time', 'x-envoy-upstream-service-time', 'alt-svc'],
  // It follows from the key of the request (RFC 6455 section 4.2.2).
  'sec-websocket-accept',
  // What a peer can take apart, and how it has written a message that is compared itself.
  ...['grpc-accept-encoding', 'grpc-encoding', 'connect-accept-encoding', 'connect-content-encoding'],
  ...['ratelimit-reset', 'ratelimit-remaining', 'x-ratelimit-reset', 'x-ratelimit-remaining'],
]);

import { type Peer, runClient, startPeer } from './peers.ts';

/**
 * The cases of gRPC's interoperability tests that need no credentials of a cloud, no several servers and no load reports,
 * which this server does not give.
 */
export const interopCases = [
  'empty_unary',
  'large_unary',
  'client_streaming',
  'server_streaming',
  'ping_pong',
  'empty_stream',
  'timeout_on_sleeping_server',
  'cancel_after_begin',
  'cancel_after_first_response',
  'status_code_and_message',
  'special_status_message',
  'custom_metadata',
  'unimplemented_method',
  'unimplemented_service',
] as const;

export type InteropCase = (typeof interopCases)[number];

/** grpc-go's interoperability server. */
export function startInteropServer(): Promise<Peer> {
  return startPeer('grpc-interop-server', (port) => ['--port', String(port)]);
}

/** Runs one case of grpc-go's client against `port`; rejects with what it printed where the case fails. */
export async function runInteropCase(name: InteropCase, port: number): Promise<void> {
  await runClient('grpc-interop-client', [
    ...['--server_host', '127.0.0.1', '--server_port', String(port), '--test_case', name],
  ]);
}

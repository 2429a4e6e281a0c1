import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TargetAddress } from '../../../program/address.ts';

/** A service on a free port of this machine, for one test. */
export interface ServiceUnderTest extends AsyncDisposable {
  readonly target: TargetAddress;
  readonly server: Server;
}

export async function serve(
  handler: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<ServiceUnderTest> {
  const server = createServer(handler);
  const target = await listenOnLoopback(server);
  return {
    server,
    target,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** Listens on a free port and tells where. */
export async function listenOnLoopback(server: {
  listen(port: number, host: string, onListening: () => void): unknown;
  address(): AddressInfo | string | null;
}): Promise<TargetAddress> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return targetAt(port);
}

export function targetAt(port: number): TargetAddress {
  return { tls: false, host: '127.0.0.1', port, url: `http://127.0.0.1:${port}` };
}

/** A port on which nothing listens. */
export async function deadPort(): Promise<number> {
  await using service = await serve(() => {});
  return service.target.port;
}

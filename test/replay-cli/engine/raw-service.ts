import { createServer, type Socket } from 'node:net';
import type { TargetAddress } from '../../../program/address.ts';
import { listenOnLoopback } from './service-under-test.ts';

/** Bytes that a raw service got on one connection, with when, milliseconds since the connection. */
export interface RawConnection {
  readonly socket: Socket;
  readonly pieces: { readonly at: number; readonly text: string }[];
  text(): string;
}

export interface RawService extends AsyncDisposable {
  readonly target: TargetAddress;
  readonly connections: RawConnection[];
}

/** A service of bare sockets: `onData` sees each piece and all text so far, and answers as it likes. */
export async function serveRaw(onData: (connection: RawConnection) => void): Promise<RawService> {
  const connections: RawConnection[] = [];
  const server = createServer({ noDelay: true }, (socket) => {
    const began = performance.now();
    const pieces: RawConnection['pieces'] = [];
    const connection = { socket, pieces, text: () => pieces.map(({ text }) => text).join('') };
    connections.push(connection);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      pieces.push({ at: performance.now() - began, text: chunk.toString('latin1') });
      onData(connection);
    });
  });
  const target = await listenOnLoopback(server);
  return {
    target,
    connections,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        for (const { socket } of connections) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

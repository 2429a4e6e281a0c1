import type net from 'node:net';
import type { Came } from './request-fields.ts';

interface Client {
  readonly came: Came;
  /** The relay's end of its connection to the router. */
  readonly socket: net.Socket;
}

/**
 * Who stands behind the relay's connections to the router, by the ports that they come from. The relay writes only once
 * it is connected, so that its connection is entered here before the router has read from it.
 */
export class Clients {
  readonly #byPort = new Map<number, Client>();

  /** `socket` is about to connect to the router. */
  enter(socket: net.Socket, came: Came): void {
    socket.once('connect', () => {
      const port = socket.localPort;
      if (port === undefined) return;
      this.#byPort.set(port, { came, socket });
      socket.once('close', () => this.#byPort.delete(port));
    });
  }

  /** `undefined`: no connection of the relay's. */
  behind(socket: { readonly remotePort?: number | undefined }): Came | undefined {
    return this.#byPort.get(socket.remotePort ?? 0)?.came;
  }

  /** Ends the router's end of a connection with the relay's, which one that is not read does not see go. */
  endWithClient(socket: net.Socket): void {
    const client = this.#byPort.get(socket.remotePort ?? 0)?.socket;
    const end = (): void => void socket.destroy();
    if (client === undefined) end();
    else client.once('close', end);
  }
}

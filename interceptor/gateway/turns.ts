import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Line } from './line.ts';

/**
 * Requests that a client pipelines are served one after the other, as they would be by one service (RFC 9112 section
 * 9.3.2). Node's server gives them out all at once, so a connection on which
 * some wait is read no further.
 */
export class Turns {
  readonly #lines = new Map<Socket, Line>();
  readonly #onHeld: (socket: Socket) => void;

  /** `onHeld`: a connection is not read, for the first time, and will not see that its client goes. */
  constructor(onHeld: (socket: Socket) => void) {
    this.#onHeld = onHeld;
  }

  /** Requests that wait, of all connections. */
  get waiting(): number {
    let waiting = 0;
    for (const line of this.#lines.values()) waiting += line.length;
    return waiting;
  }

  /** Calls `begin` once the responses before this one are over; never where the connection ends before. */
  take(socket: Socket, response: ServerResponse, begin: () => void): void {
    this.#lineOf(socket).join(response, begin);
  }

  #lineOf(socket: Socket): Line {
    const known = this.#lines.get(socket);
    if (known !== undefined) return known;
    const line = new Line(socket, () => this.#onHeld(socket));
    this.#lines.set(socket, line);
    socket.once('close', () => {
      this.#lines.delete(socket);
      line.disperse();
    });
    return line;
  }
}

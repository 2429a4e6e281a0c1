import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Requests that a client pipelines are served one after the other, as they would be by one service (RFC 9112 section
 * 9.3.2). Node's server gives them out all at once.
 */
export class Turns {
  readonly #last = new WeakMap<Socket, ServerResponse>();

  /** Calls `begin` once the responses before this one are over. */
  take(socket: Socket, response: ServerResponse, begin: () => void): void {
    const before = this.#last.get(socket);
    this.#last.set(socket, response);
    if (before === undefined || before.closed) begin();
    else before.once('close', begin);
  }
}

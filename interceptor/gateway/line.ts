import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * How many requests of one connection may wait before it is read no further. What came with the same read (64 KiB at
 * most) is parsed by then and waits with them.
 */
export const mostWaiting = 16;

interface Turn {
  readonly response: ServerResponse;
  readonly begin: () => void;
}

/** The requests of one connection that wait for the responses before theirs. */
export class Line {
  readonly #socket: Socket;
  #turns: Turn[] = [];
  /** Where the next turn is; what lies before it is over. */
  #next = 0;
  #busy = false;
  #held = false;
  #wasHeld = false;
  readonly #onHeld: () => void;

  /** `onHeld`: called once, when the connection is read no further for the first time. */
  constructor(socket: Socket, onHeld: () => void) {
    this.#socket = socket;
    this.#onHeld = onHeld;
    // Node's server reads on as soon as a body is read or a response has gone out.
    socket.on('resume', () => {
      if (this.#held) socket.pause();
    });
  }

  get length(): number {
    return this.#turns.length - this.#next;
  }

  join(response: ServerResponse, begin: () => void): void {
    if (!this.#busy) {
      this.#begin({ response, begin });
      return;
    }
    this.#turns.push({ response, begin });
    if (this.#held || this.length < mostWaiting) return;
    this.#held = true;
    this.#socket.pause();
    if (!this.#wasHeld) this.#onHeld();
    this.#wasHeld = true;
  }

  /** Lets go of all that waits: the connection is over. */
  disperse(): void {
    this.#turns = [];
    this.#next = 0;
  }

  #begin({ response, begin }: Turn): void {
    this.#busy = true;
    response.once('close', () => this.#advance());
    begin();
  }

  #advance(): void {
    this.#busy = false;
    if (this.#socket.destroyed) return;
    const turn = this.#turns[this.#next];
    if (turn === undefined) return;
    this.#next++;
    if (this.#next === this.#turns.length) this.disperse();
    if (this.#held && this.length < mostWaiting) this.#readOn();
    this.#begin(turn);
  }

  #readOn(): void {
    this.#held = false;
    this.#socket.resume();
  }
}

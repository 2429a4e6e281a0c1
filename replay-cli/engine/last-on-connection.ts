import type { Exchange } from '../../tape/exchange.ts';
import type { Tape } from '../../tape/reader.ts';
import type { Scope } from './port.ts';

type OnConnection = Pick<Exchange, 'connection' | 'message'>;

/** Knows which request is the last of its connection, so that ours ends where the recorded one was done. */
export class LastOnConnection {
  readonly #last = new Map<number, number>();

  /** Walks over the whole scope once. */
  constructor(tape: Tape, scope: Scope) {
    for (let id = scope.first; id !== undefined; id = scope.after(id)) {
      const { connection, message } = tape.placeOnConnection(id);
      if (message > (this.#last.get(connection) ?? -1)) this.#last.set(connection, message);
    }
  }

  isLast({ connection, message }: OnConnection): boolean {
    return this.#last.get(connection) === message;
  }
}

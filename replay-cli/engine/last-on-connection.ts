import type { Exchange } from '../../tape/exchange.ts';
import type { Tape } from '../../tape/reader.ts';
import type { Scope } from './port.ts';

type OnConnection = Pick<Exchange, 'connection' | 'message'>;

/** Knows which request is the last of its connection, so that ours ends where the recorded one was done. */
export class LastOnConnection {
  readonly #tape: Tape;
  readonly #scope: Scope;
  #last: Map<number, number> | undefined;

  constructor(tape: Tape, scope: Scope) {
    this.#tape = tape;
    this.#scope = scope;
  }

  isLast({ connection, message }: OnConnection): boolean {
    this.#last ??= this.#read();
    return this.#last.get(connection) === message;
  }

  /** One walk over the index, when it is first asked for: opening a long tape does not wait for it. */
  #read(): Map<number, number> {
    const last = new Map<number, number>();
    for (let id = this.#scope.first; id !== undefined; id = this.#scope.after(id)) {
      const { connection, message } = this.#tape.summary(id);
      if (message > (last.get(connection) ?? -1)) last.set(connection, message);
    }
    return last;
  }
}

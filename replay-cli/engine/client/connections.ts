import type { TargetAddress } from '../../../program/address.ts';
import type { ConnectionCounts } from './exchange-client.ts';

/** A connection of ours to a target. */
export interface ClientConnection {
  /** Whether another request can be sent: neither side has ended it. */
  readonly usable: boolean;
  /** Responses that are awaited. */
  readonly open: number;
  /** Ends our side: what is awaited still comes. */
  end(): void;
  /** Ends it at once, since a new pass begins. */
  drop(failure: 'dropped'): void;
}

/** The connections of a pass: for each recorded one, one of ours. Closed by whoever made it. */
export class Connections<C extends ClientConnection> implements Disposable {
  readonly #connect: (target: TargetAddress, number: number) => C;
  readonly #known = new Map<number, C>();
  readonly #extra = new Set<C>();
  #opened = 0;
  #reopened = 0;
  #extraOpened = 0;

  /** `connect` is told the number of the recorded connection as well. */
  constructor(connect: (target: TargetAddress, number: number) => C) {
    this.#connect = connect;
  }

  get counts(): ConnectionCounts {
    return { opened: this.#opened, reopened: this.#reopened, extra: this.#extraOpened };
  }

  /** Opens recorded connection `number` where it is not yet, ahead of its first request. */
  prepare(number: number, target: TargetAddress): void {
    if (!this.#known.has(number)) this.#known.set(number, this.#open(target, number));
  }

  /**
   * The connection that stands for `number`. One for which `hasRoom` is false is left alone, and another opened beside
   * it.
   */
  take(number: number, target: TargetAddress, hasRoom: (connection: C) => boolean): C {
    const known = this.#known.get(number);
    if (known?.usable) {
      if (hasRoom(known)) return known;
      this.#extraOpened++;
      const extra = this.#open(target, number);
      this.#extra.add(extra);
      return extra;
    }
    if (known !== undefined) {
      this.#reopened++;
      known.end();
    }
    const made = this.#open(target, number);
    this.#known.set(number, made);
    return made;
  }

  /** Ends what stands for `number`, once nothing is awaited on it: the recorded client sent nothing more on it. */
  finish(number: number, connection: C): void {
    const isExtra = this.#extra.has(connection);
    if (connection.open > 0) return;
    connection.end();
    if (isExtra) this.#extra.delete(connection);
    else if (this.#known.get(number) === connection) this.#known.delete(number);
  }

  isExtra(connection: C): boolean {
    return this.#extra.has(connection);
  }

  /** Ends all at once. */
  [Symbol.dispose](): void {
    for (const connection of this.#known.values()) connection.drop('dropped');
    for (const connection of this.#extra) connection.drop('dropped');
    this.#known.clear();
    this.#extra.clear();
  }

  #open(target: TargetAddress, number: number): C {
    this.#opened++;
    return this.#connect(target, number);
  }
}

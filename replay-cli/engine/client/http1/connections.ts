import type { TargetAddress } from '../../../../program/address.ts';
import type { ConnectionCounts } from '../exchange-client.ts';
import { TargetConnection } from './target-connection.ts';

/** The connections of a pass: for each recorded one, one of ours. Closed by whoever made it. */
export class Connections implements Disposable {
  readonly #known = new Map<number, TargetConnection>();
  readonly #extra = new Set<TargetConnection>();
  #opened = 0;
  #reopened = 0;
  #extraOpened = 0;

  get counts(): ConnectionCounts {
    return { opened: this.#opened, reopened: this.#reopened, extra: this.#extraOpened };
  }

  /** Opens recorded connection `number` where it is not yet, ahead of its first request. */
  prepare(number: number, target: TargetAddress): void {
    if (!this.#known.has(number)) this.#known.set(number, this.#connect(target));
  }

  /**
   * The connection that stands for `number`. With `shared` the request may queue behind others on it, as it did when
   * it was recorded; without, a busy one is left alone and another opened.
   */
  take(number: number, target: TargetAddress, shared: boolean): TargetConnection {
    const known = this.#known.get(number);
    if (known?.usable) {
      if (shared || known.open === 0) return known;
      return this.#openExtra(target);
    }
    if (known !== undefined) this.#reopened++;
    const made = this.#connect(target);
    this.#known.set(number, made);
    return made;
  }

  /** Ends what stands for `number`, once nothing is awaited on it: the recorded client sent nothing more on it. */
  finish(number: number, connection: TargetConnection): void {
    const isExtra = this.#extra.has(connection);
    if (connection.open > 0) return;
    connection.end();
    if (isExtra) this.#extra.delete(connection);
    else if (this.#known.get(number) === connection) this.#known.delete(number);
  }

  isExtra(connection: TargetConnection): boolean {
    return this.#extra.has(connection);
  }

  /** Ends all at once. */
  [Symbol.dispose](): void {
    for (const connection of this.#known.values()) connection.drop('dropped');
    for (const connection of this.#extra) connection.drop('dropped');
    this.#known.clear();
    this.#extra.clear();
  }

  #openExtra(target: TargetAddress): TargetConnection {
    this.#extraOpened++;
    const made = this.#connect(target);
    this.#extra.add(made);
    return made;
  }

  #connect(target: TargetAddress): TargetConnection {
    this.#opened++;
    return new TargetConnection(target);
  }
}

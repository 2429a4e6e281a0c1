import type { RoutedRecord } from '../../ledger/segment.ts';

type Label = Pick<RoutedRecord, 'message' | 'service'>;

/** Of which services the exchanges of one connection are. */
export class Labels {
  #labels: Label[] = [];

  take({ message, service }: Label): void {
    const last = this.#labels.at(-1);
    if (last === undefined || last.message < message) this.#labels.push({ message, service });
  }

  /** The service of a message, where one was said. Asked for in the order of messages. */
  of(message: number): string | undefined {
    while ((this.#labels[1]?.message ?? Number.POSITIVE_INFINITY) <= message) this.#labels.shift();
    const [first] = this.#labels;
    return first !== undefined && first.message <= message ? first.service : undefined;
  }
}

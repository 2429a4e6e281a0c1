import type { RequestHead, ResponseHead } from '../../../tape/exchange.ts';
import { Schemas } from '../../../wire/protobuf/schema.ts';
import type { PayloadId } from '../port.ts';
import { issuedBy } from './issued.ts';
import type { Issued } from './values.ts';

interface Response {
  readonly head: ResponseHead;
  readonly body: Uint8Array;
}

const defaultLimit = 32 * 1024 * 1024;
const entryOverhead = 150;

/** What the responses of this pass brought at the places where the recorded ones brought a value. */
export class Brought {
  readonly #schemas: Schemas;
  readonly #limit: number;
  readonly #values = new Map<PayloadId, ReadonlyMap<string, string>>();
  readonly #moved = new Map<string, string>();
  #bytes = 0;
  /** Payloads whose values were forgotten for want of memory. */
  forgotten = 0;

  constructor(limit: number = defaultLimit, schemas = new Schemas()) {
    this.#schemas = schemas;
    this.#limit = limit;
  }

  /** Remembers the values of a replayed response. One that left its status class brings nothing: its values are others. */
  learn(id: PayloadId, request: RequestHead, recorded: Response, replayed: Response): void {
    if (classOf(recorded.head) !== classOf(replayed.head)) return;
    const old = new Map(
      issuedBy(request, recorded.head, recorded.body, this.#schemas).map((issued) => [issued.where, issued]),
    );
    const values = new Map<string, string>();
    for (const issued of issuedBy(request, replayed.head, replayed.body, this.#schemas)) {
      const before = old.get(issued.where);
      if (before === undefined) continue;
      values.set(issued.where, issued.value);
      if (before.value !== issued.value) this.#moved.set(before.value, issued.value);
      this.#bytes += costOf(issued);
    }
    this.#values.set(id, values);
    while (this.#bytes > this.#limit && this.#values.size > 1) this.#forgetOldest();
  }

  /** What payload `id` brought at `where`; undefined where it brought nothing there, or was not answered. */
  at(id: PayloadId, where: string): string | undefined {
    return this.#values.get(id)?.get(where);
  }

  /** Whether some response of this pass had `replayed` where the recorded one had `recorded`. */
  hasMoved(recorded: string, replayed: string): boolean {
    return this.#moved.get(recorded) === replayed;
  }

  #forgetOldest(): void {
    const [oldest] = this.#values;
    if (oldest === undefined) return;
    const [id, values] = oldest;
    this.#values.delete(id);
    for (const [where, value] of values) this.#bytes -= 2 * (where.length + value.length) + entryOverhead;
    this.#moved.clear();
    this.forgotten++;
  }
}

function classOf(head: ResponseHead): number {
  return Math.floor(head.status / 100);
}

function costOf(issued: Issued): number {
  return 2 * (issued.where.length + issued.value.length) + entryOverhead;
}

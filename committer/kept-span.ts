import type { Batch, BatchHeader } from '../ledger/segment.ts';
import type { WallSpan } from '../tape/manifest.ts';

/**
 * The span of what was kept, from the first to the last moment that a record tells of, on the interceptors' wall clock:
 * that of the payloads. When the ledger took a batch says little, since after an outage all come at once.
 */
export class KeptSpan {
  /** Each instance's first moment on both clocks, which serves for all that it recorded. */
  readonly #clocks = new Map<string, BatchHeader['clock']>();
  #from = Number.POSITIVE_INFINITY;
  #to = Number.NEGATIVE_INFINITY;

  add({ header, records }: Batch): void {
    const clock = this.#clocks.get(header.instance) ?? header.clock;
    this.#clocks.set(header.instance, clock);
    for (const { kind, time } of records) {
      if (kind !== 'loss') this.#include(clock.wallMs + (time - clock.process) / 1e6);
    }
  }

  /** The span up to `end`, in whole milliseconds and with the moments in `within`; nothing kept is a span of no length. */
  upTo(end: number, within: readonly number[]): WallSpan {
    const moments = within.map((moment) => Math.min(moment, end));
    const from = Math.floor(Math.min(this.#from, end, ...moments));
    return { from, to: Math.max(from, Math.ceil(Math.min(end, Math.max(this.#to, ...moments)))) };
  }

  #include(wallMs: number): void {
    this.#from = Math.min(this.#from, wallMs);
    this.#to = Math.max(this.#to, wallMs);
  }
}

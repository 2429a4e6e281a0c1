import type { Gap } from '../tape/gap.ts';
import type { SanitizerRun } from '../tape/manifest.ts';

interface Count {
  readonly version: number;
  hits: number;
  dropped: number;
  readonly places: Map<string, number>;
}

/** Counts what was found where and what had to be dropped. It never sees a value. */
export class Tally {
  readonly #counts = new Map<string, Count>();
  readonly #dropped = new Map<string, { count: number; from: number; to: number }>();
  /** The place that is being scrubbed: `request.head`, `response.body`, … */
  place = '';
  /** Off while the tape's secrets are learnt, so that nothing counts twice. */
  counting = true;

  constructor(sanitizers: readonly { readonly name: string; readonly version: number }[]) {
    for (const { name, version } of sanitizers) {
      this.#counts.set(name, { version, hits: 0, dropped: 0, places: new Map() });
    }
  }

  hit(sanitizer: string): void {
    const count = this.#counts.get(sanitizer);
    if (count === undefined || !this.counting) return;
    count.hits++;
    count.places.set(this.place, (count.places.get(this.place) ?? 0) + 1);
  }

  /** `bytes` of a payload part could not be read and are not on the tape. `at` is its time, in tape time. */
  drop(sanitizer: string, bytes: number, at: number): void {
    const count = this.#counts.get(sanitizer);
    if (count === undefined || !this.counting) return;
    count.dropped++;
    const sum = this.#dropped.get(this.place);
    if (sum === undefined) this.#dropped.set(this.place, { count: bytes, from: at, to: at });
    else {
      sum.count += bytes;
      sum.from = Math.min(sum.from, at);
      sum.to = Math.max(sum.to, at);
    }
  }

  get runs(): readonly SanitizerRun[] {
    return [...this.#counts].map(([name, { version, hits, dropped, places }]) => ({
      name,
      version,
      hits,
      dropped,
      places: Object.fromEntries(places),
    }));
  }

  get gaps(): readonly Gap[] {
    return [...this.#dropped].map(([what, { count, from, to }]) => ({
      cause: 'unreadable',
      count,
      unit: 'bytes',
      from,
      to,
      what,
    }));
  }
}

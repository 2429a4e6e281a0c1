import type { TapeTime } from '../../tape/exchange.ts';
import type { Gap, GapCause } from '../../tape/gap.ts';

interface Sum {
  count: number;
  from: TapeTime;
  to: TapeTime;
}

/** Adds up what was lost, by cause and unit, so that a window with many holes stays small. */
export class GapTally {
  readonly #sums = new Map<GapCause, Map<Gap['unit'], Sum>>();

  /** `count` more of `unit` at this time, or since `from`. Nothing is no gap. */
  add(cause: GapCause, unit: Gap['unit'], count: number, at: TapeTime, from: TapeTime = at): void {
    if (count <= 0) return;
    const units = this.#sums.get(cause) ?? new Map<Gap['unit'], Sum>();
    this.#sums.set(cause, units);
    const sum = units.get(unit);
    if (sum === undefined) {
      units.set(unit, { count, from, to: at });
      return;
    }
    sum.count += count;
    sum.from = Math.min(sum.from, from);
    sum.to = Math.max(sum.to, at);
  }

  get gaps(): Gap[] {
    return [...this.#sums].flatMap(([cause, units]) =>
      [...units].map(([unit, sum]) => ({ cause, unit, ...sum })),
    );
  }
}

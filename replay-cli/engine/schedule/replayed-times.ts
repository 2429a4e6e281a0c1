import type { PayloadId, ReplayTime } from '../port.ts';
import type { Wait } from './planner.ts';

/** A moment of a pass: when it was, and when it would have been had nothing been late by chance. */
export interface Moment {
  readonly at: ReplayTime;
  readonly clock: ReplayTime;
}

/** When the payloads of one pass were sent and answered: six numbers a payload, whatever the tape's length. */
export class ReplayedTimes {
  readonly #at: Record<Wait['event'], Float64Array>;
  readonly #clock: Record<Wait['event'], Float64Array>;

  /** `last` is the highest payload id of the tape. */
  constructor(last: PayloadId) {
    const none = () => new Float64Array(last + 1).fill(Number.NaN);
    this.#at = { start: none(), request_end: none(), end: none() };
    this.#clock = { start: none(), request_end: none(), end: none() };
  }

  set(id: PayloadId, event: Wait['event'], { at, clock }: Moment): void {
    this.#at[event][id] = at;
    this.#clock[event][id] = clock;
  }

  get(id: PayloadId, event: Wait['event']): Moment | undefined {
    const at = this.#at[event][id];
    const clock = this.#clock[event][id];
    return at === undefined || clock === undefined || Number.isNaN(at) ? undefined : { at, clock };
  }
}

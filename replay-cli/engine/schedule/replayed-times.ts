import type { PayloadId, ReplayTime } from '../port.ts';
import type { Wait } from './planner.ts';

/** When the payloads of one pass were sent and answered: three numbers a payload, whatever the tape's length. */
export class ReplayedTimes {
  readonly #times: Record<Wait['event'], Float64Array>;

  /** `last` is the highest payload id of the tape. */
  constructor(last: PayloadId) {
    const none = () => new Float64Array(last + 1).fill(Number.NaN);
    this.#times = { start: none(), request_end: none(), end: none() };
  }

  set(id: PayloadId, event: Wait['event'], at: ReplayTime): void {
    this.#times[event][id] = at;
  }

  get(id: PayloadId, event: Wait['event']): ReplayTime | undefined {
    const at = this.#times[event][id];
    return at === undefined || Number.isNaN(at) ? undefined : at;
  }
}

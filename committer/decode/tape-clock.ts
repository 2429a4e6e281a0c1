import type { BatchHeader, ProcessTime } from '../../ledger/segment.ts';
import type { TapeTime } from '../../tape/exchange.ts';

const nsPerMs = 1e6;

/**
 * Turns the process times of one interceptor into tape times. The one moment on both clocks that its first batch names
 * serves the whole window: a later step of its wall clock moves nothing.
 */
export class TapeClock {
  readonly #process: ProcessTime;
  /** Tape time of that moment; exact, since the window's start is taken off before milliseconds become nanoseconds. */
  readonly #tape: TapeTime;

  constructor(clock: BatchHeader['clock'], startWallMs: number) {
    this.#process = clock.process;
    this.#tape = tapeTimeOf(clock.wallMs, startWallMs);
  }

  at(time: ProcessTime): TapeTime {
    return this.#tape + (time - this.#process);
  }
}

/** Tape time of a moment of the wall clock, both in milliseconds since the epoch. */
export function tapeTimeOf(wallMs: number, startWallMs: number): TapeTime {
  return Math.round((wallMs - startWallMs) * nsPerMs);
}

import type { ExchangeWithBodies } from '../../tape/exchange.ts';
import type { Tape } from '../../tape/reader.ts';
import type { PreciseTimer } from './client/precise-timer.ts';
import type { PayloadId, Scope } from './port.ts';

/** What is planned and not yet sent, as far as reading ahead must know it. */
export interface Planned {
  readonly count: number;
  /** Recorded start of the earliest, nanoseconds; undefined where nothing is planned. */
  readonly earliest: number | undefined;
}

export interface ReadAheadOptions {
  readonly tape: Tape;
  readonly scope: Scope;
  readonly timer: PreciseTimer;
  readonly from: PayloadId;
  readonly to: PayloadId | undefined;
  readonly isSent: (id: PayloadId) => boolean;
  readonly planned: () => Planned;
  /** Called once, when enough is read for the first payload to be sent. */
  readonly onFilled: () => void;
}

/** How long is read before the first payload is sent, milliseconds, if the tape is so dense. */
const fillMs = 1_000;
/** Recorded time that is read ahead, nanoseconds, and how many payloads this may be. */
const aheadNs = 10e9;
const aheadPayloads = 8_192;
/** Reading makes way for a send that is due within this, milliseconds, unless it has fallen behind. */
const calmMs = 1;
const fallenBehind = 64;

/** Reads the payloads of a run in their order, as far ahead of their sends as is worth it. */
export class ReadAhead {
  readonly #options: ReadAheadOptions;
  #lastSent = Number.NEGATIVE_INFINITY;
  #wake: (() => void) | undefined;
  #filled = false;
  #stopped = false;

  constructor(options: ReadAheadOptions) {
    this.#options = options;
  }

  /** Ends with the last payload, or when it is stopped. */
  async *payloads(): AsyncGenerator<ExchangeWithBodies> {
    const { tape, scope, from, to, isSent } = this.#options;
    const fillUntil = performance.now() + fillMs;
    for (let id: PayloadId | undefined = from; id !== undefined; id = scope.after(id)) {
      if (!isSent(id)) {
        await this.#room(id);
        if (performance.now() >= fillUntil) this.#fill();
        const recorded = this.#stopped ? undefined : await tape.withBodies(id);
        if (recorded === undefined || this.#stopped) return;
        yield recorded;
      }
      if (id === to) break;
    }
    this.#fill();
  }

  /** A payload with this recorded start was sent, or will not be. */
  sent(start: number): void {
    this.#lastSent = Math.max(this.#lastSent, start);
    this.#resume();
  }

  stop(): void {
    this.#stopped = true;
    this.#resume();
  }

  #fill(): void {
    if (this.#filled) return;
    this.#filled = true;
    this.#options.onFilled();
  }

  /** Waits until it is time to read payload `id`, and no send is disturbed by it. */
  async #room(id: PayloadId): Promise<void> {
    const { timer, planned } = this.#options;
    while (!this.#stopped && this.#isFar(id)) {
      this.#fill();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    while (!this.#stopped && timer.untilNext() < calmMs && planned().count > fallenBehind) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  #isFar(id: PayloadId): boolean {
    const { count, earliest } = this.#options.planned();
    if (earliest === undefined) return false;
    const { requestStart } = this.#options.tape.summary(id).times;
    return count >= aheadPayloads || requestStart > Math.max(this.#lastSent, earliest) + aheadNs;
  }

  #resume(): void {
    this.#wake?.();
    this.#wake = undefined;
  }
}

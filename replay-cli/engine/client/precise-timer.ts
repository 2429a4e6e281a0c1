import type { ReplayTime } from '../port.ts';
import { DueQueue } from '../schedule/due-queue.ts';

/** A timer of the system is up to this much late, milliseconds: we wake before, and see to the rest ourselves. */
const coarseMs = 1.25;
/** The rest of a wait that is spent without letting the loop turn, milliseconds: a turn may take longer. */
const spinMs = 0.04;
/** How long we spin between turns, milliseconds: each turn makes garbage, and collecting it makes a send late. */
const betweenTurnsMs = 0.025;

interface Entry {
  readonly action: () => void;
  cancelled: boolean;
}

/**
 * Calls back at a time exact to a few microseconds on an idle core. Node's own timers count whole milliseconds; so the
 * last of these is spent turning the event loop (sockets are served meanwhile), and the last microseconds in a spin.
 */
export class PreciseTimer implements Disposable {
  readonly #queue = new DueQueue<Entry>();
  #coarse: NodeJS.Timeout | undefined;
  #coarseAt = Number.POSITIVE_INFINITY;
  #turning = false;
  #closed = false;
  /** Made once: turns come by the thousand, and what each leaves behind is collected while a send is due. */
  readonly #onTurn = () => {
    if (!this.#closed) this.#callDue();
    this.#turning = false;
    this.#arm();
  };

  /** Calls `action` at `at`, or as soon as can be. The returned function cancels it. */
  at(at: ReplayTime, action: () => void): () => void {
    const entry: Entry = { action, cancelled: false };
    this.#queue.push(at, entry);
    this.#arm();
    return () => {
      entry.cancelled = true;
    };
  }

  /** Milliseconds until the next call; infinite where none is planned. */
  untilNext(): number {
    return (this.#queue.peek()?.due ?? Number.POSITIVE_INFINITY) - performance.now();
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    clearTimeout(this.#coarse);
  }

  #arm(): void {
    const due = this.#queue.peek()?.due;
    if (due === undefined || this.#closed || this.#turning) return;
    const wait = due - performance.now() - coarseMs;
    if (wait < 1) {
      this.#turn();
    } else if (due < this.#coarseAt) {
      clearTimeout(this.#coarse);
      this.#coarseAt = due;
      this.#coarse = setTimeout(() => {
        this.#coarseAt = Number.POSITIVE_INFINITY;
        this.#arm();
      }, Math.floor(wait));
    }
  }

  #turn(): void {
    this.#turning = true;
    setImmediate(this.#onTurn);
  }

  #callDue(): void {
    for (;;) {
      const head = this.#queue.peek();
      if (head === undefined) return;
      const now = performance.now();
      const isNear = head.due - now <= spinMs;
      spinUntil(isNear ? head.due : now + betweenTurnsMs);
      if (!isNear) return;
      this.#queue.take();
      if (!head.item.cancelled) head.item.action();
    }
  }
}

/** The most that `holdUntil` holds, milliseconds. */
const longestHoldMs = 1;

/** Spends the time until `at` without letting the event loop turn, so that what waits for its turn is on time. */
export function holdUntil(at: ReplayTime): void {
  spinUntil(Math.min(at, performance.now() + longestHoldMs));
}

function spinUntil(at: ReplayTime): void {
  while (performance.now() < at);
}

import type { PayloadId, ReplayTime } from '../port.ts';
import { DueQueue } from './due-queue.ts';
import type { Plan, Wait } from './planner.ts';
import { ReplayedTimes } from './replayed-times.ts';

interface Waiting {
  readonly plan: Plan;
  /** The latest of the waits that are over. */
  due: ReplayTime;
  open: number;
}

const nsPerMs = 1e6;

/** Turns waits into due times as a replay goes on. Pure: it is told what happened, and knows no clock. */
export class Agenda {
  readonly #speed: number;
  #begin: ReplayTime | undefined;
  readonly #roots: Waiting[] = [];
  readonly #times: ReplayedTimes;
  readonly #waiting = new Map<string, { readonly waiting: Waiting; readonly gap: number }[]>();
  readonly #due = new DueQueue<Plan>();

  /** `last`: the highest id on the tape. */
  constructor(options: { readonly speed: number; readonly last: PayloadId }) {
    this.#speed = options.speed;
    this.#times = new ReplayedTimes(options.last);
  }

  /** Tells when the first payload is due, and nothing before. Until then, only what happened before is known. */
  begin(at: ReplayTime): void {
    this.#begin = at;
    for (const waiting of this.#roots.splice(0)) this.#schedule(waiting);
  }

  add(plan: Plan): void {
    const waiting: Waiting = { plan, due: Number.NEGATIVE_INFINITY, open: 0 };
    for (const wait of plan.waits) {
      const at = this.#times.get(wait.on, wait.event);
      if (at !== undefined) waiting.due = Math.max(waiting.due, at + this.#scaled(wait.gap));
      else this.#await(wait, waiting);
    }
    if (waiting.open === 0) this.#schedule(waiting);
  }

  /** Tells that `event` of a payload took place, or is sure to take place, at `at`. */
  happened(id: PayloadId, event: Wait['event'], at: ReplayTime): void {
    this.#times.set(id, event, at);
    const key = keyOf(id, event);
    const released = this.#waiting.get(key);
    if (released === undefined) return;
    this.#waiting.delete(key);
    for (const { waiting, gap } of released) {
      waiting.due = Math.max(waiting.due, at + this.#scaled(gap));
      waiting.open--;
      if (waiting.open === 0) this.#schedule(waiting);
    }
  }

  /** The payload that is due first, left in its place. */
  peek(): { readonly due: ReplayTime; readonly plan: Plan } | undefined {
    const head = this.#due.peek();
    return head && { due: head.due, plan: head.item };
  }

  /** Takes the payload that is due first. */
  take(): { readonly due: ReplayTime; readonly plan: Plan } | undefined {
    const head = this.#due.take();
    return head && { due: head.due, plan: head.item };
  }

  #schedule(waiting: Waiting): void {
    if (this.#begin === undefined) this.#roots.push(waiting);
    else this.#due.push(Math.max(waiting.due, this.#begin), waiting.plan);
  }

  #await(wait: Wait, waiting: Waiting): void {
    const key = keyOf(wait.on, wait.event);
    const others = this.#waiting.get(key);
    const entry = { waiting, gap: wait.gap };
    if (others === undefined) this.#waiting.set(key, [entry]);
    else others.push(entry);
    waiting.open++;
  }

  #scaled(gap: number): number {
    return gap / nsPerMs / this.#speed;
  }
}

function keyOf(id: PayloadId, event: Wait['event']): string {
  return `${id} ${event}`;
}

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
  readonly #begin: ReplayTime;
  readonly #times: ReplayedTimes;
  readonly #waiting = new Map<string, { readonly waiting: Waiting; readonly gap: number }[]>();
  readonly #due = new DueQueue<Plan>();
  #open = 0;

  /** `begin`: when the first payload is due. `last`: the highest id on the tape. */
  constructor(options: { readonly begin: ReplayTime; readonly speed: number; readonly last: PayloadId }) {
    this.#begin = options.begin;
    this.#speed = options.speed;
    this.#times = new ReplayedTimes(options.last);
  }

  /** Payloads that wait for something that has not happened. */
  get waiting(): number {
    return this.#open;
  }

  /** Payloads whose due time is known. */
  get ready(): number {
    return this.#due.size;
  }

  add(plan: Plan): void {
    const waiting: Waiting = { plan, due: this.#begin, open: 0 };
    for (const wait of plan.waits) {
      const at = this.#times.get(wait.on, wait.event);
      if (at !== undefined) waiting.due = Math.max(waiting.due, at + this.#scaled(wait.gap));
      else this.#await(wait, waiting);
    }
    if (waiting.open === 0) this.#due.push(waiting.due, plan);
    else this.#open++;
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
      if (waiting.open > 0) continue;
      this.#open--;
      this.#due.push(waiting.due, waiting.plan);
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

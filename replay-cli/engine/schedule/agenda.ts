import type { PayloadId, ReplayTime } from '../port.ts';
import { endMoment, startMoment } from './chance.ts';
import { DueQueue } from './due-queue.ts';
import type { Plan, Wait } from './planner.ts';
import { type Moment, ReplayedTimes } from './replayed-times.ts';

interface Waiting {
  readonly plan: Plan;
  /** The latest of the waits that are over, and where that is on the tape's clock. */
  due: ReplayTime;
  clock: ReplayTime;
  open: number;
}

/** A payload that was due and has not ended. */
interface Taken {
  readonly due: ReplayTime;
  readonly clock: ReplayTime;
  /** How long its answer took on the tape, milliseconds. */
  readonly recordedMs: number | undefined;
  started: (Moment & { readonly sentAt: ReplayTime }) | undefined;
}

export interface AgendaOptions {
  readonly speed: number;
  /** The highest id on the tape. */
  readonly last: PayloadId;
  /** Whether the tape's clock is kept where something is late by chance; without gaps there is none to keep. */
  readonly keepsClock: boolean;
}

const nsPerMs = 1e6;

/** Turns waits into due times as a replay goes on. Pure: it is told what happened, and knows no clock. */
export class Agenda {
  readonly #options: AgendaOptions;
  #begin: ReplayTime | undefined;
  readonly #roots: Waiting[] = [];
  readonly #times: ReplayedTimes;
  readonly #waiting = new Map<string, { readonly waiting: Waiting; readonly wait: Wait }[]>();
  readonly #due = new DueQueue<Waiting>();
  readonly #taken = new Map<PayloadId, Taken>();

  constructor(options: AgendaOptions) {
    this.#options = options;
    this.#times = new ReplayedTimes(options.last);
  }

  /** Tells when the first payload is due, and nothing before. Until then, only what happened before is known. */
  begin(at: ReplayTime): void {
    this.#begin = at;
    for (const waiting of this.#roots.splice(0)) this.#schedule(waiting);
  }

  add(plan: Plan): void {
    const waiting: Waiting = {
      plan,
      due: Number.NEGATIVE_INFINITY,
      clock: Number.NEGATIVE_INFINITY,
      open: 0,
    };
    for (const wait of plan.waits) {
      const moment = this.#times.get(wait.on, wait.event);
      if (moment !== undefined) this.#pass(waiting, wait, moment);
      else this.#await(wait, waiting);
    }
    if (waiting.open === 0) this.#schedule(waiting);
  }

  /** Tells that a payload's first byte was sent, or is sure to be sent, at `at`. */
  started(id: PayloadId, at: ReplayTime): void {
    const taken = this.#taken.get(id);
    const moment =
      taken === undefined || !this.#options.keepsClock
        ? { at, clock: at }
        : startMoment(taken.due, taken.clock, at);
    if (taken !== undefined) taken.started = { ...moment, sentAt: at };
    this.#happened(id, 'start', moment);
  }

  /** Tells that its last byte was sent. */
  written(id: PayloadId, at: ReplayTime): void {
    this.#happened(id, 'request_end', { at, clock: at });
  }

  /** Tells that its answer had come, or is sure to have come, at `at`. */
  ended(id: PayloadId, at: ReplayTime): void {
    const taken = this.#taken.get(id);
    this.#taken.delete(id);
    const moment =
      taken?.started === undefined || !this.#options.keepsClock
        ? { at, clock: at }
        : endMoment(taken.started, taken.recordedMs, at);
    this.#happened(id, 'end', moment);
  }

  /** The payload that is due first, left in its place. */
  peek(): { readonly due: ReplayTime; readonly plan: Plan } | undefined {
    const head = this.#due.peek();
    return head && { due: head.due, plan: head.item.plan };
  }

  /** Takes the payload that is due first. */
  take(): { readonly due: ReplayTime; readonly plan: Plan } | undefined {
    const head = this.#due.take();
    if (head === undefined) return undefined;
    const { plan, clock } = head.item;
    const { id, start, end } = plan.span;
    const recordedMs = end === undefined ? undefined : (end - start) / nsPerMs;
    this.#taken.set(id, {
      due: head.due,
      clock: Math.max(clock, this.#begin ?? clock),
      recordedMs,
      started: undefined,
    });
    return { due: head.due, plan };
  }

  #happened(id: PayloadId, event: Wait['event'], moment: Moment): void {
    this.#times.set(id, event, moment);
    const key = keyOf(id, event);
    const released = this.#waiting.get(key);
    if (released === undefined) return;
    this.#waiting.delete(key);
    for (const { waiting, wait } of released) {
      this.#pass(waiting, wait, moment);
      waiting.open--;
      if (waiting.open === 0) this.#schedule(waiting);
    }
  }

  /** One of the waits of a payload is over. */
  #pass(waiting: Waiting, { gap, from }: Wait, { at, clock }: Moment): void {
    const scaled = gap / nsPerMs / this.#options.speed;
    const due = from === 'moment' ? at + scaled : Math.max(at, clock + scaled);
    waiting.due = Math.max(waiting.due, due);
    waiting.clock = Math.max(waiting.clock, clock + scaled);
  }

  #schedule(waiting: Waiting): void {
    if (this.#begin === undefined) this.#roots.push(waiting);
    else this.#due.push(Math.max(waiting.due, this.#begin), waiting);
  }

  #await(wait: Wait, waiting: Waiting): void {
    const key = keyOf(wait.on, wait.event);
    const others = this.#waiting.get(key);
    const entry = { waiting, wait };
    if (others === undefined) this.#waiting.set(key, [entry]);
    else others.push(entry);
    waiting.open++;
  }
}

function keyOf(id: PayloadId, event: Wait['event']): string {
  return `${id} ${event}`;
}

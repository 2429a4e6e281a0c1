import type { ReplayTime, Timing } from '../../port.ts';
import type { PreciseTimer } from '../precise-timer.ts';
import { togetherNs } from './bounds.ts';
import type { Need, StreamScript, StreamStep } from './script.ts';

export interface PaceOptions {
  readonly script: StreamScript;
  readonly timer: PreciseTimer;
  readonly timing: Timing;
  /** Recorded time is divided by it. */
  readonly speed: number;
  /**
   * How much longer than recorded a step waits for what the recorded client had received before it, milliseconds. Once:
   * after a wait in vain the stream waits for nothing more, and goes by the clock.
   */
  readonly patienceMs: number;
  /** Whether steps wait to be let go one message at a time. */
  readonly held: boolean;
  readonly act: (step: StreamStep) => void;
}

const nsPerMs = 1e6;
/** Steps of `fast` between which the event loop is not let turn; then it is, for this long, milliseconds. */
const burst = 64;
const breathMs = 0.05;
/** A step that was late by less than this, milliseconds, counts as punctual, lest small errors add up. */
const punctualMs = 0.5;

/**
 * Keeps the time of one stream. With `causal` a step comes the recorded gap after the step before it, and the recorded
 * gap after what the client had received last before it, whichever is later; with `fast` as soon as both are there; with
 * `absolute` at its recorded time after the request's start, whatever comes back.
 */
export class Pace {
  readonly #options: PaceOptions;
  /** When the messages of the response came, in order. */
  readonly #messagesAt: ReplayTime[] = [];
  #headAt: ReplayTime | undefined;
  #continueAt: ReplayTime | undefined;
  #next = 0;
  #begunAt: ReplayTime | undefined;
  /** When the last step was; when it was due, if it was punctual. */
  #lastAt = 0;
  #held: boolean;
  #over = false;
  #stopped = false;
  /** What the next step waits for and has not come. */
  #awaited: Need | undefined;
  /** Messages that were waited for in vain: later steps do without them. */
  #missed = 0;
  #cancel: () => void = () => {};
  /** Told when what the recorded client had received before the next step is there. */
  #onSettled: (() => void) | undefined;
  /** Steps that went out although what the recorded client had received before had not come. */
  unmet = 0;
  /** The most by which a step was later than it was due, milliseconds. */
  lateMs = 0;

  constructor(options: PaceOptions) {
    this.#options = options;
    this.#held = options.held;
  }

  /** The head went out. */
  begin(at: ReplayTime): void {
    this.#begunAt = at;
    this.#lastAt = at;
    if (!this.#held) this.#takeTogether();
    this.#plan();
  }

  received(what: Need['what'], at: ReplayTime): void {
    if (what === 'messages') this.#messagesAt.push(at);
    else if (what === 'head') this.#headAt ??= at;
    else this.#continueAt ??= at;
    if (this.#awaited !== undefined && this.#receivedAt(this.#awaited) !== undefined) this.#plan();
    if (this.#isSettled()) this.#settle();
  }

  /** Nothing more will be received: nothing is waited for any more. */
  over(): void {
    this.#over = true;
    if (this.#awaited !== undefined) this.#plan();
    this.#settle();
  }

  /** Nothing more is to be sent. */
  stop(): void {
    this.#stopped = true;
    this.#cancel();
    this.#settle();
  }

  /** Messages of the request that were not sent yet. */
  get left(): number {
    const { steps } = this.#options.script;
    let left = 0;
    for (let index = this.#next; index < steps.length; index++) left += steps[index]?.messages ?? 0;
    return left;
  }

  /** Whether nothing is left to do, not even to end the request. */
  get isDone(): boolean {
    return this.#stopped || this.#next >= this.#options.script.steps.length;
  }

  /** Whether the next message waits to be let go. */
  get isHeld(): boolean {
    return this.#held && !this.isDone;
  }

  /**
   * Of a held stream: sends the next message, and the request's end with it where the client received nothing between.
   * Resolves when all has come that it had received before the message after that, or nothing more will.
   */
  step(): Promise<void> {
    const { steps } = this.#options.script;
    for (let step = steps[this.#next]; step !== undefined && !this.#stopped; step = steps[this.#next]) {
      this.#take(step, performance.now());
      if (step.messages > 0 && !isTail(step, steps[this.#next])) break;
    }
    this.#settle();
    return new Promise((resolve) => {
      this.#onSettled = resolve;
      if (this.#isSettled()) this.#settle();
    });
  }

  /** Of a held stream: lets the rest go with its timing. */
  release(): void {
    this.#held = false;
    this.#lastAt = performance.now();
    this.#plan();
  }

  /** What came with the head goes with it. */
  #takeTogether(): void {
    const { steps, start } = this.#options.script;
    for (let step = steps[this.#next]; step !== undefined && !this.#stopped; step = steps[this.#next]) {
      if (step.need !== undefined || step.at - start > togetherNs) return;
      this.#take(step, this.#lastAt);
    }
  }

  #isSettled(): boolean {
    if (this.#over || this.#stopped) return true;
    const step = this.#options.script.steps[this.#next];
    if (step === undefined) return false;
    return step.need === undefined || this.#receivedAt(step.need) !== undefined;
  }

  #settle(): void {
    this.#onSettled?.();
    this.#onSettled = undefined;
  }

  #plan(): void {
    this.#cancel();
    this.#awaited = undefined;
    if (this.#held || this.#stopped || this.#begunAt === undefined) return;
    const step = this.#options.script.steps[this.#next];
    if (step === undefined) return;
    const { until, without } = this.#waits(step, this.#begunAt);
    this.#awaited = without;
    if (until === Number.POSITIVE_INFINITY) return;
    const at = this.#options.timing === 'fast' ? this.#breathing(until) : until;
    this.#cancel = this.#options.timer.at(at, () => {
      if (without !== undefined) this.#giveUp(without);
      const now = performance.now();
      this.lateMs = Math.max(this.lateMs, now - until);
      this.#take(step, now - until < punctualMs ? until : now);
      this.#plan();
    });
  }

  /** Without gaps, a long stream would keep all else from being served until its last message. */
  #breathing(until: ReplayTime): ReplayTime {
    return this.#next % burst === burst - 1 ? Math.max(until, performance.now() + breathMs) : until;
  }

  /** Until when a step waits. `without`: what it will have waited for in vain then. */
  #waits(step: StreamStep, begunAt: ReplayTime): { readonly until: ReplayTime; readonly without?: Need } {
    const { timing, script, patienceMs } = this.#options;
    if (timing === 'absolute') return { until: begunAt + this.#scaled(step.at - script.start) };
    const before = script.steps[this.#next - 1]?.at ?? script.start;
    const byClock = this.#lastAt + this.#gap(step.at - before);
    const { need } = step;
    if (need === undefined) return { until: byClock };
    const came = this.#receivedAt(need);
    if (came !== undefined) return { until: Math.max(byClock, came + this.#gap(step.at - need.at)) };
    const patience = this.#over || this.unmet > 0 ? 0 : patienceMs;
    return { until: byClock + patience, without: need };
  }

  #receivedAt(need: Need): ReplayTime | undefined {
    switch (need.what) {
      case 'continue':
        return this.#continueAt ?? this.#headAt;
      case 'head':
        return this.#headAt;
      case 'messages': {
        const index = need.count - 1 - this.#missed;
        return index < 0 ? this.#lastAt : this.#messagesAt[index];
      }
    }
  }

  #giveUp(need: Need): void {
    this.unmet++;
    if (need.what === 'messages') this.#missed = need.count - this.#messagesAt.length;
  }

  #take(step: StreamStep, at: ReplayTime): void {
    this.#next++;
    this.#lastAt = at;
    this.#options.act(step);
  }

  #gap(recorded: number): number {
    return this.#options.timing === 'fast' ? 0 : this.#scaled(recorded);
  }

  #scaled(recorded: number): number {
    return recorded / nsPerMs / this.#options.speed;
  }
}

/** Whether `following` is the request's end and the client received nothing between the two. */
function isTail(step: StreamStep, following: StreamStep | undefined): boolean {
  return following?.act.kind === 'end' && following.need?.at === step.need?.at;
}

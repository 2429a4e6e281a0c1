import { setTimeout as wait } from 'node:timers/promises';
import type { PayloadId, Replay, Sending } from '../engine/port.ts';
import { type Answer, type Awaited, awaitAnswer, type PausedLook, patienceFor } from './answer.ts';
import { breakpointLine, goesOnLine, silenceLine } from './lines.ts';
import type { PausedBy } from './paused/watch.ts';
import type { Voice } from './voice.ts';

export interface FlightOptions {
  readonly replay: Replay;
  readonly voice: Voice;
  /** Absent where the target is not on this machine. */
  readonly paused: PausedLook | undefined;
  /** Step mode is over: nothing is looked for any more. */
  readonly ended: AbortSignal;
}

export type FlightOutcome = Answer['kind'];

/** Milliseconds between two looks for payloads that a run has sent. */
const newFlightsMs = 100;

/** Tells of payloads in flight what is to be told but their answers: breakpoints, and silence. Each once. */
export class FlightWatch {
  readonly #options: FlightOptions;
  /** Payloads in flight of which a breakpoint was told. */
  readonly #stopped = new Set<PayloadId>();
  readonly #silent = new Set<PayloadId>();

  constructor(options: FlightOptions) {
    this.#options = options;
  }

  /** Whether the service stands in a debugger already, so that what is sent now hits no breakpoint. */
  async isStopped(): Promise<boolean> {
    return (await this.#options.paused?.look()) !== undefined;
  }

  /**
   * Waits for one payload: for its answer, a breakpoint, or until the silence is worth a word. `stoodBefore`: what
   * `isStopped` said before it was sent.
   */
  async awaitOne(sending: Sending, signal: AbortSignal, stoodBefore = false): Promise<FlightOutcome> {
    return this.#await(sending, sending, signal, stoodBefore);
  }

  /** Likewise for what comes upon one message of a stream. */
  async awaitStep(
    sending: Sending,
    step: Promise<void>,
    signal: AbortSignal,
    stoodBefore: boolean,
  ): Promise<FlightOutcome> {
    // Each message may hit a breakpoint of its own.
    this.forget(sending.id);
    return this.#await(sending, { sentAt: performance.now(), result: step }, signal, stoodBefore);
  }

  async #await(
    sending: Sending,
    awaited: Awaited,
    signal: AbortSignal,
    stoodBefore: boolean,
  ): Promise<FlightOutcome> {
    const until = patienceFor(sending.recordedDuration);
    const answer = await awaitAnswer(awaited, this.#options.paused, { until, signal });
    if (answer.kind === 'paused') this.#sayPaused(answer.by, sending, stoodBefore);
    if (answer.kind === 'silent') {
      this.#saySilent(sending, false);
      void this.#keepLooking(sending, this.#options.ended);
    }
    return answer.kind;
  }

  /** Watches, while `work` goes on, all that it sends. */
  async during<T>(work: Promise<T>, onPaused: () => void): Promise<T> {
    const over = new AbortController();
    const watching = this.#watchNew(over.signal, onPaused);
    try {
      return await work;
    } finally {
      over.abort();
      await watching;
    }
  }

  /** The answer of a payload has come, or it goes on. */
  forget(id: PayloadId): void {
    this.#stopped.delete(id);
    this.#silent.delete(id);
  }

  async #watchNew(over: AbortSignal, onPaused: () => void): Promise<void> {
    const watched = new Set<Sending>();
    const signal = AbortSignal.any([over, this.#options.ended]);
    while (!signal.aborted) {
      for (const sending of this.#options.replay.inFlight) {
        if (watched.has(sending)) continue;
        watched.add(sending);
        void this.#watchOne(sending, signal, onPaused);
      }
      await wait(newFlightsMs, undefined, { signal }).catch(() => {});
    }
  }

  /** Does not look before the recorded time is over: a look takes time that the sends of a run need. */
  async #watchOne(sending: Sending, signal: AbortSignal, onPaused: () => void): Promise<void> {
    const until = patienceFor(sending.recordedDuration);
    const first = await awaitAnswer(sending, undefined, { until, signal });
    if (first.kind !== 'silent') return;
    const by = await this.#options.paused?.look();
    if (signal.aborted) return;
    if (by !== undefined) this.#sayPaused(by, sending);
    else {
      if (this.#options.replay.inFlight.includes(sending)) this.#saySilent(sending, false);
      if (!(await this.#keepLooking(sending, signal))) return;
    }
    onPaused();
  }

  async #keepLooking(sending: Sending, signal: AbortSignal): Promise<boolean> {
    const later = await awaitAnswer(sending, this.#options.paused, { signal });
    if (later.kind !== 'paused') return false;
    this.#sayPaused(later.by, sending);
    return true;
  }

  #sayPaused(by: PausedBy, sending: Sending, stoodBefore = false): void {
    const { replay, voice } = this.#options;
    if (this.#stopped.has(sending.id)) return;
    const inFlight = replay.inFlight.map(({ id }) => id);
    const told = stoodBefore || inFlight.some((id) => this.#stopped.has(id));
    this.#stopped.add(sending.id);
    // A payload that comes to a service which stands still already has hit no breakpoint.
    if (told) this.#saySilent(sending, true);
    else voice({ event: 'breakpoint', payloads: inFlight, seen_by: by }, breakpointLine);
  }

  #saySilent(sending: Sending, stillStopped: boolean): void {
    if (this.#silent.has(sending.id) && !stillStopped) return;
    this.#silent.add(sending.id);
    const recorded = sending.recordedDuration;
    const { id, stream } = sending;
    if (stream !== undefined && (recorded === undefined || stream.isOpen) && !stillStopped) {
      this.#options.voice({ event: 'goes_on', payload: id }, goesOnLine(id, recorded));
      return;
    }
    const event = {
      event: 'no_answer_yet',
      payload: sending.id,
      waited_ms: Math.round(performance.now() - sending.sentAt),
      ...(recorded === undefined ? {} : { recorded_ms: Math.round(recorded) }),
      still_stopped: stillStopped,
    } as const;
    this.#options.voice(event, silenceLine(event));
  }
}

import { DvrError } from '../../errors/index.ts';
import type {
  PayloadId,
  PayloadResult,
  Replay,
  ReplayEvent,
  ReplayTime,
  RunEnd,
  Sending,
  StreamControl,
  Timing,
} from '../engine/port.ts';
import type { PausedLook } from './answer.ts';
import type { Condition } from './condition.ts';
import { type FlightOutcome, FlightWatch } from './flights.ts';
import { HeldStreams } from './held-stream.ts';
import { messageLine, payloadsText, receivedLine, sentLine } from './lines.ts';
import { endEvent, messageEvent } from './payload-events.ts';
import type { Voice } from './voice.ts';

export interface StepperOptions {
  readonly replay: Replay;
  readonly voice: Voice;
  /** Absent where the target is not on this machine. */
  readonly paused: PausedLook | undefined;
  /** Of `continue` and `next --group`. */
  readonly timing: Timing;
  readonly speed: number;
  /** Whether `back` and `goto` drop the gaps on their way. */
  readonly fastForward: boolean;
  /** What a new pass brings back: the service (`--exec`), the state behind it alone (`--reset`), or nothing. */
  readonly restores: 'service' | 'state' | 'nothing';
  /** The program is to end. */
  readonly signal: AbortSignal;
  /** How far a fast-forward has come. */
  readonly progress: (done: number, of: number) => void;
}

export type StepOutcome = FlightOutcome | 'skipped' | 'end';

/**
 * The state of step mode: which payload is next, which are in flight, where `continue` stops. Commands act through it;
 * what happens is told by its voice.
 */
export class Stepper {
  readonly replay: Replay;
  readonly voice: Voice;
  readonly options: StepperOptions;
  readonly conditions: Condition[] = [];
  #next: PayloadId | undefined;
  /** Payloads behind the next one that were sent already. */
  #ahead: ReadonlySet<PayloadId> = new Set();
  /** The payload that was sent last; `back` makes it the next. */
  #last: PayloadId | undefined;
  /** While a fast-forward runs, its payloads are counted and not told. */
  #muted: { done: number; readonly of: number } | undefined;
  readonly flights: FlightWatch;
  readonly held = new HeldStreams();
  /** Payloads whose end is told with their being left. */
  readonly #left = new Set<PayloadId>();
  /** When each payload in flight was sent. */
  readonly #sentAt = new Map<PayloadId, ReplayTime>();
  readonly #end = new AbortController();
  #interrupt = new AbortController();

  constructor(options: StepperOptions) {
    this.options = options;
    this.replay = options.replay;
    this.voice = options.voice;
    this.flights = new FlightWatch({ ...options, ended: this.#end.signal });
    this.#next = options.replay.scope.first;
    const unlisten = options.replay.listen((event) => this.#hear(event));
    this.#end.signal.addEventListener('abort', unlisten);
  }

  /** The payload that `next` sends; `undefined` at the end of the tape. */
  get next(): PayloadId | undefined {
    return this.#next;
  }

  get last(): PayloadId | undefined {
    return this.#last;
  }

  get inFlight(): readonly PayloadId[] {
    return this.replay.inFlight.map(({ id }) => id);
  }

  /** Aborted when the user interrupts the command that runs, or the program is to end. */
  get stop(): AbortSignal {
    return AbortSignal.any([this.#interrupt.signal, this.options.signal]);
  }

  /** Ctrl-C: stops what runs, and nothing else. */
  interrupt(): void {
    this.#interrupt.abort();
  }

  /** A new command begins: an interrupt before it is over. */
  begin(): void {
    this.#interrupt = new AbortController();
  }

  close(): void {
    this.#end.abort();
  }

  /** Sends the next payload and waits for its answer, for a breakpoint, or until the silence is worth a word. */
  async sendNext(): Promise<StepOutcome> {
    const id = this.#next;
    if (id === undefined) {
      this.sayEnd();
      return 'end';
    }
    const stoodBefore = await this.flights.isStopped();
    const sending = await this.replay.send(id);
    this.#advance(id);
    if (sending.kind === 'skipped') return 'skipped';
    return await this.flights.awaitOne(sending, this.stop, stoodBefore);
  }

  /**
   * Sends the next message of the stream that is held; where none is, the next payload with its first message, and holds
   * its stream. Waits until what came back when it was recorded is there, for a breakpoint, or until the silence is worth
   * a word; behind the last message, for the answer. A payload without a stream is sent as `sendNext` does it.
   */
  async sendNextMessage(): Promise<StepOutcome> {
    const stoodBefore = await this.flights.isStopped();
    const held = this.held.current ?? (await this.#holdNext());
    if (typeof held === 'string') return held;
    const { sending, stream } = held;
    if (stream === undefined) return await this.flights.awaitOne(sending, this.stop, stoodBefore);
    if (stream.left === 0) {
      const text = `payload ${sending.id} has no more messages to send: its end is sent`;
      this.voice({ event: 'note', text }, '  → [end]');
    }
    const outcome = await this.flights.awaitStep(sending, stream.step(), this.stop, stoodBefore);
    if (outcome !== 'answered') return outcome;
    if (stream.isDone) return await this.flights.awaitOne(sending, this.stop);
    this.voice({ event: 'held', payload: sending.id, left: stream.left });
    return outcome;
  }

  /** Sends payloads with their timing, from the next one on. */
  async run(options: {
    to?: PayloadId;
    stopAtConditions: boolean;
    awaitResults: boolean;
  }): Promise<RunEnd | undefined> {
    const from = this.#next;
    if (from === undefined) {
      this.sayEnd();
      return undefined;
    }
    const { timing, speed } = this.options;
    const end = await this.replay.run({
      from,
      ...(options.to === undefined ? {} : { to: options.to }),
      timing,
      speed,
      signal: this.stop,
      awaitResults: options.awaitResults,
      ...(options.stopAtConditions ? this.#stops(from) : {}),
    });
    this.#land(end);
    return end;
  }

  /** Whether a payload was sent in this pass: a run with timing leaves it out then, and only `next` sends it again. */
  wasSent(id: PayloadId): boolean {
    return this.replay.result(id) !== undefined || this.inFlight.includes(id);
  }

  async #holdNext(): Promise<{ sending: Sending; stream?: StreamControl } | 'skipped' | 'end'> {
    const id = this.#next;
    if (id === undefined) {
      this.sayEnd();
      return 'end';
    }
    const sending = await this.replay.send(id, { held: true });
    this.#advance(id);
    if (sending.kind === 'skipped') return 'skipped';
    const { stream } = sending;
    return stream === undefined ? { sending } : this.held.hold(sending, stream);
  }

  /** Says where the payload is next, without sending anything. */
  moveTo(id: PayloadId | undefined): void {
    this.#next = id;
    this.#ahead = new Set();
    this.#last = id === undefined ? undefined : this.replay.scope.before(id);
  }

  /** Gives up held streams of `id` and of what comes after it: they would live on beside what is sent again. */
  async leaveHeld(id: PayloadId): Promise<void> {
    const { scope } = this.replay;
    const left = this.held.cancel((held) => {
      const isLeft = scope.position(held) >= scope.position(id);
      if (isLeft) this.#left.add(held);
      return isLeft;
    });
    await Promise.all(left.map(({ result }) => result));
    for (const { id: payload } of left) {
      this.voice(
        { event: 'cancelled', payload },
        `[Cancelled] the stream that was stepped through (Payload ID: ${payload})`,
      );
    }
  }

  /** Begins a new pass and sends again all payloads before `id`, so that the state is that of the moment before it. */
  async restoreTo(id: PayloadId): Promise<RunEnd | undefined> {
    this.moveTo(this.replay.scope.first);
    this.held.forget();
    await this.replay.restart(this.stop);
    return await this.fastForwardTo(id);
  }

  /** Sends all payloads from the next one up to `id`, without a word for each. */
  async fastForwardTo(id: PayloadId): Promise<RunEnd | undefined> {
    const { scope } = this.replay;
    const from = this.#next;
    const to = scope.before(id);
    if (from === undefined || to === undefined || scope.position(from) > scope.position(to)) {
      this.moveTo(id);
      return undefined;
    }
    this.#muted = { done: 0, of: scope.position(id) - scope.position(from) };
    try {
      const end = await this.replay.run({
        from,
        to,
        timing: this.options.fastForward ? 'fast' : 'causal',
        speed: 1,
        signal: this.stop,
        awaitResults: true,
      });
      this.#land(end);
      if (end.why === 'end') this.moveTo(id);
      return end;
    } finally {
      this.#muted = undefined;
    }
  }

  sayEnd(): void {
    const flying = this.inFlight;
    const still = flying.length === 0 ? '' : `; ${payloadsText(flying)} still in flight`;
    this.voice({ event: 'end_of_tape', in_flight: flying }, `[End of tape]${still}`);
  }

  sayCursor(state: 'unmoved' | 'restored', ...lines: string[]): void {
    this.voice({ event: 'cursor', next: this.#next ?? null, state }, ...lines);
  }

  #stops(from: PayloadId) {
    return {
      // The payload that a condition stopped at last is where this run begins.
      stopBefore: (payload: Parameters<Condition['before']>[0]) =>
        payload.exchange.id !== from && this.conditions.some((condition) => condition.before(payload)),
      stopAfter: (result: PayloadResult) => this.conditions.some((condition) => condition.after(result)),
    };
  }

  #land(end: RunEnd): void {
    this.#next = end.next;
    this.#ahead = new Set(end.ahead);
    if (end.why === 'target_gone') throw targetGone(end.at);
  }

  #advance(sent: PayloadId): void {
    const { scope } = this.replay;
    let next = scope.after(sent);
    while (next !== undefined && this.#ahead.has(next)) next = scope.after(next);
    this.#next = next;
    this.#last = sent;
  }

  #hear(event: ReplayEvent): void {
    if (event.kind === 'service') {
      this.voice({ event: 'service', state: event.state });
      return;
    }
    if (event.kind === 'received') {
      this.#hearReceived(event.result);
      return;
    }
    if (event.kind === 'message') {
      if (this.#muted === undefined) this.#hearMessage(event);
      return;
    }
    if (event.kind === 'sent') {
      this.#last = event.id;
      this.#sentAt.set(event.id, event.sentAt);
    }
    if (this.#muted !== undefined) {
      this.options.progress(++this.#muted.done, this.#muted.of);
      return;
    }
    if (event.kind === 'skipped') {
      this.voice(
        { event: 'skipped', payload: event.id, why: event.why },
        `[Skipped] ${event.why} (Payload ID: ${event.id})`,
      );
      return;
    }
    const { id, method, target, replaced } = event;
    this.voice(
      { event: 'sent', payload: id, method, target, replaced: replaced.length },
      sentLine(event, this.replay.manifest.primary),
    );
  }

  #hearMessage(passing: Extract<ReplayEvent, { kind: 'message' }>): void {
    const { views } = this.replay;
    const alone = this.inFlight.every((flying) => flying === passing.id);
    const event = messageEvent(passing, views, this.#sentAt.get(passing.id));
    this.voice(event, messageLine(passing, views, alone));
  }

  #hearReceived(result: PayloadResult): void {
    this.flights.forget(result.id);
    this.#sentAt.delete(result.id);
    if (this.#left.delete(result.id) || this.#muted !== undefined) return;
    const alone = this.#last === result.id && this.inFlight.length === 0;
    this.voice(endEvent(result), receivedLine(result, alone));
  }
}

function targetGone(at: PayloadId | undefined): DvrError {
  const which = at === undefined ? '' : ` at payload ${at}`;
  return new DvrError('target-out-of-reach', `the service went away${which}`, {
    where: '--target',
    hint: 'Start it again; "restart" begins a new pass.',
  });
}

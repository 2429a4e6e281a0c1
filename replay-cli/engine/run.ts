import type { ExchangeWithBodies } from '../../tape/exchange.ts';
import type { Tape } from '../../tape/reader.ts';
import type { PreciseTimer } from './client/precise-timer.ts';
import type { Hooks, Loaded, Pass } from './pass.ts';
import type { PayloadId, PayloadResult, ReplayEvent, ReplayTime, RunEnd, RunOptions, Scope } from './port.ts';
import { sentBefore, unsentFrom } from './progress.ts';
import { type Planned, ReadAhead } from './read-ahead.ts';
import type { Built } from './request/build.ts';
import type { Pacing } from './request/deadline.ts';
import { whyUnsendable } from './request/sendable.ts';
import { Agenda } from './schedule/agenda.ts';
import { OverlapTracker } from './schedule/overlap.ts';
import { type Plan, Planner } from './schedule/planner.ts';
import { type Span, spanOf } from './schedule/span.ts';

export interface RunParts {
  readonly tape: Tape;
  readonly scope: Scope;
  readonly pass: Pass;
  readonly timer: PreciseTimer;
  readonly emit: (event: ReplayEvent) => void;
}

interface Entry {
  readonly plan: Plan;
  /** Dropped where memory is short, and loaded again when it is due. */
  loaded: Loaded | undefined;
  readonly bytes: number;
}

/** How long before it is due a request is built and its connection opened, milliseconds. */
const leadMs = 3;
/** The first payload's head start, so that it is on time as well, milliseconds. */
const beginMs = 10;
/** Bytes of payloads that are kept from planning to sending; others are read again when they are due. */
const aheadBytes = 64 * 1024 * 1024;
/** What an exchange takes in memory beside its bodies, about, bytes. */
const exchangeBytes = 6 * 1024;
/** Payloads in flight at once with timing `fast`, which has no gaps to keep them apart. */
const fastInFlight = 512;
/** One run: plans ahead, sends when due, and tells the schedule what happened. */
export class Run {
  readonly #parts: RunParts;
  readonly #options: RunOptions;
  readonly #planner: Planner;
  readonly #agenda: Agenda;
  readonly #overlap: OverlapTracker;
  readonly #ahead: ReadAhead;
  readonly #entries = new Map<PayloadId, Entry>();
  readonly #cancels = new Map<PayloadId, () => void>();
  readonly #held: { readonly entry: Entry; readonly due: ReplayTime }[] = [];
  readonly #ended = Promise.withResolvers<void>();
  readonly #pacing: Pacing;
  readonly #onAbort = () => this.#stop('aborted');
  #cancelArm: (() => void) | undefined;
  #armedFor = Number.POSITIVE_INFINITY;
  #heldBytes = 0;
  /** Sent and without a result; of these, on their way to the socket. */
  #flying = 0;
  #firing = 0;
  /** From being due on to the result. */
  #sending = 0;
  #sent = 0;
  #planned = false;
  #why: RunEnd['why'] | undefined;
  #at: PayloadId | undefined;

  constructor(parts: RunParts, options: RunOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#pacing = { speed: options.speed, stepping: false };
    this.#planner = new Planner(options.timing);
    this.#overlap = new OverlapTracker(options.speed);
    const keepsClock = options.timing !== 'fast';
    this.#agenda = new Agenda({ speed: options.speed, last: parts.tape.size, keepsClock });
    const { tape, scope, timer, pass } = parts;
    this.#ahead = new ReadAhead({
      ...{ tape, scope, timer, from: options.from, to: options.to },
      isSent: (id) => pass.sent.has(id),
      planned: () => this.#plannedNow(),
      onFilled: () => this.#begin(),
    });
  }

  async go(): Promise<RunEnd> {
    const { signal } = this.#options;
    if (signal?.aborted) this.#stop('aborted');
    signal?.addEventListener('abort', this.#onAbort);
    try {
      this.#seed();
      this.#pump().catch((error: unknown) => this.#ended.reject(error));
      await this.#ended.promise;
    } finally {
      signal?.removeEventListener('abort', this.#onAbort);
      this.#cancelAll();
    }
    return this.#end();
  }

  /** Plans what was sent before, so that the first payloads wait for it. */
  #seed(): void {
    const { scope, pass, tape } = this.#parts;
    const before = sentBefore(scope, pass.sent, this.#options.from);
    const inFlight = new Map(pass.inFlight.map((sending) => [sending.id, sending]));
    for (const id of before) {
      const sending = inFlight.get(id);
      const result = pass.results.get(id);
      const summary = tape.summary(id);
      this.#planner.plan(spanOf(summary), []);
      const sentAt = sending?.sentAt ?? result?.sentAt ?? performance.now();
      this.#agenda.started(id, sentAt);
      this.#agenda.written(id, sentAt);
      if (sending === undefined) this.#agenda.ended(id, result?.endAt ?? sentAt);
      else sending.result.then(({ endAt }) => this.#tell('ended', id, endAt));
    }
  }

  async #pump(): Promise<void> {
    for await (const recorded of this.#ahead.payloads()) this.#plan(await this.#parts.pass.take(recorded));
    this.#planned = true;
    this.#check();
  }

  #plannedNow(): Planned {
    const [earliest] = this.#entries.values();
    return { count: this.#entries.size, earliest: earliest?.plan.span.start };
  }

  /** The first payload becomes due: enough is planned that reading disturbs no send. */
  #begin(): void {
    this.#agenda.begin(performance.now() + beginMs);
    this.#arm();
  }

  #plan(loaded: Loaded): void {
    if (this.#why !== undefined) return;
    const span = spanOf(loaded.recorded.exchange);
    const carriedFrom: Span[] = loaded.moving.flatMap(({ sources: [source] }) => source?.span ?? []);
    const plan = this.#planner.plan(span, carriedFrom);
    const bytes = exchangeBytes + loaded.recorded.requestBody.length + loaded.recorded.responseBody.length;
    const keep = this.#heldBytes + bytes <= aheadBytes;
    if (keep) this.#heldBytes += bytes;
    this.#entries.set(span.id, { plan, loaded: keep ? loaded : undefined, bytes: keep ? bytes : 0 });
    this.#overlap.planned(plan);
    this.#agenda.add(plan);
    this.#arm();
  }

  /** Wakes up when the next payload is to be built. */
  #arm(): void {
    const next = this.#agenda.peek();
    if (next === undefined || this.#why !== undefined) return;
    const at = next.due - leadMs;
    if (at >= this.#armedFor) return;
    this.#cancelArm?.();
    this.#armedFor = at;
    if (at <= performance.now()) this.#release();
    else this.#cancelArm = this.#parts.timer.at(at, () => this.#release());
  }

  #release(): void {
    this.#armedFor = Number.POSITIVE_INFINITY;
    for (;;) {
      const next = this.#agenda.peek();
      if (next === undefined || this.#why !== undefined || next.due - leadMs > performance.now()) break;
      this.#agenda.take();
      const entry = this.#entries.get(next.plan.span.id);
      if (entry === undefined) continue;
      if (this.#options.timing === 'fast' && this.#sending >= fastInFlight)
        this.#held.push({ entry, due: next.due });
      else this.#admit(entry, next.due);
    }
    this.#arm();
  }

  #admit(entry: Entry, due: ReplayTime): void {
    this.#sending++;
    if (entry.loaded !== undefined) {
      try {
        this.#ready(entry, entry.loaded, due);
      } catch (error) {
        this.#ended.reject(error);
      }
      return;
    }
    const { tape, pass } = this.#parts;
    tape
      .withBodies(entry.plan.span.id)
      .then((recorded) => pass.take(recorded))
      .then((loaded) => this.#ready(entry, loaded, due))
      .catch((error: unknown) => this.#ended.reject(error));
  }

  #ready(entry: Entry, loaded: Loaded, due: ReplayTime): void {
    const { id } = entry.plan.span;
    const { exchange } = loaded.recorded;
    if (this.#why !== undefined) return;
    if (this.#options.stopBefore?.(loaded.recorded)) {
      // Not at once: what is due in between is still to be sent.
      this.#timed(id, due, () => this.#stop('stopped_before', id));
      return;
    }
    const why = whyUnsendable(exchange);
    if (why !== undefined) {
      this.#skip(entry, loaded.recorded, due, why);
      return;
    }
    const { pass } = this.#parts;
    if (due > performance.now()) pass.prepare(loaded);
    // With the recorded clock an answer that brings a value may still come until the last moment.
    const early =
      this.#options.timing === 'absolute' && loaded.moving.length > 0
        ? undefined
        : pass.build(loaded, this.#pacing);
    const at = due - (early?.ready.leadMs ?? 0);
    this.#timed(id, at, () => this.#fire(entry, loaded, early ?? pass.build(loaded, this.#pacing), due));
  }

  /** Calls `action` when payload `id` is due, unless the run has stopped by then. */
  #timed(id: PayloadId, due: ReplayTime, action: () => void): void {
    const cancel = this.#parts.timer.at(due, () => {
      this.#cancels.delete(id);
      action();
    });
    this.#cancels.set(id, cancel);
  }

  #fire(entry: Entry, loaded: Loaded, built: Built, due: ReplayTime): void {
    const { span, waits } = entry.plan;
    const pipelined = waits.some(({ event }) => event === 'request_end') || this.#isPipelined(entry.plan);
    this.#entries.delete(span.id);
    this.#heldBytes -= entry.bytes;
    this.#flying++;
    this.#firing++;
    this.#sent++;
    const hooks: Hooks = {
      onSent: (at) => {
        this.#overlap.sent(span.id, at, due);
        this.#tell('started', span.id, at);
      },
      onWritten: (at) => this.#tell('written', span.id, at),
      onEnd: (at) => {
        this.#overlap.ended(span.id);
        this.#tell('ended', span.id, at);
      },
    };
    this.#parts.pass
      .fire(
        loaded,
        built,
        { due, timing: this.#options.timing, speed: this.#options.speed, pipelined },
        hooks,
      )
      .then((sending) => {
        this.#firing--;
        this.#check();
        return sending.result;
      })
      .then((result) => this.#received(result, loaded.recorded))
      .catch((error: unknown) => this.#ended.reject(error));
    this.#ahead.sent(span.start);
  }

  #isPipelined({ span, overlaps }: Plan): boolean {
    return overlaps.some((other) => other.connection === span.connection);
  }

  #received(result: PayloadResult, recorded: ExchangeWithBodies): void {
    this.#flying--;
    this.#sending--;
    if (this.#options.stopAfter?.(result)) this.#stop('stopped_after', result.id);
    const { outcome } = result;
    const refused = outcome.kind === 'failure' && outcome.failure === 'refused';
    if (refused && recorded.exchange.failure !== 'service_refused') this.#stop('target_gone', result.id);
    this.#unhold();
    this.#check();
  }

  /** What cannot be sent counts as sent and answered as recorded, so that what follows keeps its place. */
  #skip(entry: Entry, { exchange }: ExchangeWithBodies, due: ReplayTime, why: string): void {
    const { span } = entry.plan;
    this.#entries.delete(span.id);
    this.#heldBytes -= entry.bytes;
    this.#sending--;
    this.#parts.pass.sent.add(span.id);
    this.#parts.emit({ kind: 'skipped', id: exchange.id, why });
    const length = span.end === undefined ? 0 : (span.end - span.start) / 1e6 / this.#options.speed;
    this.#tell('started', span.id, due);
    this.#tell('written', span.id, due);
    this.#tell('ended', span.id, due + length);
    this.#ahead.sent(span.start);
    this.#check();
  }

  #tell(what: 'started' | 'written' | 'ended', id: PayloadId, at: ReplayTime): void {
    this.#agenda[what](id, at);
    this.#arm();
  }

  #unhold(): void {
    const next = this.#why === undefined ? this.#held.shift() : undefined;
    if (next !== undefined) this.#admit(next.entry, next.due);
  }

  #stop(why: RunEnd['why'], at?: PayloadId): void {
    if (this.#why !== undefined) return;
    this.#why = why;
    this.#at = at;
    this.#cancelAll();
    this.#ahead.stop();
    this.#check();
  }

  #cancelAll(): void {
    this.#cancelArm?.();
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
  }

  /** Ends the run where nothing is left to do. */
  #check(): void {
    const done = this.#why !== undefined || (this.#planned && this.#entries.size === 0);
    const awaited = this.#options.awaitResults && this.#why !== 'aborted' ? this.#flying : this.#firing;
    if (done && awaited === 0) this.#ended.resolve();
  }

  #end(): RunEnd {
    const { scope, pass } = this.#parts;
    const { next, ahead } = unsentFrom(scope, pass.sent, this.#options.from);
    return {
      why: this.#why ?? 'end',
      ...(this.#at === undefined ? {} : { at: this.#at }),
      next,
      ahead,
      sent: this.#sent,
      overlap: this.#overlap.report(),
    };
  }
}

import type { Writable } from 'node:stream';
import { DvrError } from '../../errors/index.ts';
import type { TargetAddress } from '../../program/address.ts';
import type { ExchangeWithBodies } from '../../tape/exchange.ts';
import type { Manifest } from '../../tape/manifest.ts';
import type { Tape } from '../../tape/reader.ts';
import type { Schemas } from '../../wire/protobuf/schema.ts';
import { gapWords } from '../gap-words.ts';
import { MessageViews } from '../messages/message-views.ts';
import type { ConnectionCounts } from './client/exchange-client.ts';
import { PreciseTimer } from './client/precise-timer.ts';
import { shakeHands, type TargetTls } from './client/target-socket.ts';
import { overlapping } from './group.ts';
import { LastOnConnection } from './last-on-connection.ts';
import { type FireTiming, Pass, targetOutOfReach } from './pass.ts';
import type {
  PayloadId,
  PayloadResult,
  Replay,
  ReplayEvent,
  RunEnd,
  RunOptions,
  Scope,
  Sending,
  SendingOptions,
  Service,
  Skipped,
} from './port.ts';
import type { ByHand } from './request/build.ts';
import { whyUnsendable } from './request/sendable.ts';
import { Run } from './run.ts';
import { endedBefore, spanOf } from './schedule/span.ts';
import { type ScopeOptions, scopeOf, unknownSession } from './scope.ts';
import { takesConnections } from './service/ready.ts';
import { runReset, type ServiceOptions, ServiceProcess } from './service/service-process.ts';

/** What a replay is made from. The replay owns the tape from here on. */
export interface ReplayOptions {
  readonly tape: Tape;
  /** By service name; that of the primary one is among them. */
  readonly targets: ReadonlyMap<string, TargetAddress>;
  /** For those of https. */
  readonly tls: TargetTls;
  readonly session?: string;
  /** Of the messages of calls, as far as they are known. */
  readonly schemas?: Schemas;
  readonly moved: boolean;
  readonly byHand: ByHand;
  /** Milliseconds beyond the recorded duration that a response may take; infinite where a person steps. */
  readonly patienceMs: number;
  /** The service to start and stop, by `--exec`; its target is the primary one. */
  readonly exec?: Omit<ServiceOptions, 'onState' | 'target' | 'output' | 'environment' | 'cwd'>;
  /** The command that resets the state behind the service, by `--reset`. */
  readonly reset?: readonly [string, ...string[]];
  /** For the service and for the reset. */
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Where the output of the service and the reset goes. */
  readonly output: Writable;
}

/** A replay of a tape: see `Replay`. */
export class TapeReplay implements Replay {
  readonly scope: Scope;
  readonly views: MessageViews;
  readonly #options: ReplayOptions;
  readonly #timer = new PreciseTimer();
  readonly #service: ServiceProcess | undefined;
  readonly #listeners = new Set<(event: ReplayEvent) => void>();
  readonly #connectionsEnd: LastOnConnection;
  #pass: Pass;
  #running = false;

  constructor(options: ReplayOptions) {
    this.#options = options;
    this.views = new MessageViews(options.schemas);
    const scopeOptions: ScopeOptions = {
      services: new Set(options.targets.keys()),
      ...(options.session === undefined ? {} : { session: options.session }),
    };
    this.scope = scopeOf(options.tape, scopeOptions);
    this.#connectionsEnd = new LastOnConnection(options.tape, this.scope);
    this.#pass = this.#newPass();
    const { exec, output, environment, cwd } = options;
    if (exec === undefined) return;
    this.#service = new ServiceProcess({
      ...exec,
      target: this.#primaryTarget(),
      output,
      environment,
      cwd,
      onState: (state) => this.#emit({ kind: 'service', state }),
    });
  }

  get manifest(): Manifest {
    return this.#options.tape.manifest;
  }

  get service(): Service | undefined {
    return this.#service;
  }

  get inFlight(): readonly Sending[] {
    return this.#pass.inFlight;
  }

  /** How the connections of this pass differ from the recorded ones. */
  get connectionCounts(): ConnectionCounts {
    return this.#pass.connectionCounts;
  }

  async payload(id: PayloadId): Promise<ExchangeWithBodies> {
    if (!this.scope.has(id)) throw this.#notInScope(id);
    return this.#options.tape.withBodies(id);
  }

  async group(id: PayloadId): Promise<readonly PayloadId[]> {
    if (!this.scope.has(id)) throw this.#notInScope(id);
    return overlapping(this.#options.tape, this.scope, id);
  }

  async send(id: PayloadId, { held = false }: SendingOptions = {}): Promise<Sending | Skipped> {
    const recorded = await this.payload(id);
    const why = whyUnsendable(recorded.exchange);
    if (why !== undefined) {
      const skipped: Skipped = { kind: 'skipped', id, why };
      this.#pass.sent.add(id);
      this.#emit(skipped);
      return skipped;
    }
    const loaded = await this.#pass.take(recorded);
    const timing: FireTiming = {
      timing: 'causal',
      speed: 1,
      pipelined: this.#wasPipelined(recorded),
      held,
    };
    return this.#pass.fire(loaded, this.#pass.build(loaded, { speed: 1, stepping: true }), timing);
  }

  async run(options: RunOptions): Promise<RunEnd> {
    if (!this.scope.has(options.from)) throw this.#notInScope(options.from);
    if (this.#running) throw new DvrError('usage', 'a run is under way already');
    this.#running = true;
    try {
      const { tape } = this.#options;
      const emit = (event: ReplayEvent) => this.#emit(event);
      return await new Run(
        { tape, scope: this.scope, pass: this.#pass, timer: this.#timer, emit },
        options,
      ).go();
    } finally {
      this.#running = false;
    }
  }

  async settle(deadlineMs: number, signal?: AbortSignal): Promise<boolean> {
    const over = AbortSignal.timeout(deadlineMs);
    const stop = signal === undefined ? over : AbortSignal.any([over, signal]);
    const stopped = new Promise<void>((resolve) =>
      stop.addEventListener('abort', () => resolve(), { once: true }),
    );
    while (this.#pass.open > 0 && !stop.aborted) {
      await Promise.race([Promise.all(this.inFlight.map((sending) => sending.result)), stopped]);
    }
    return this.#pass.open === 0;
  }

  result(id: PayloadId): PayloadResult | undefined {
    return this.#pass.results.get(id);
  }

  async restart(signal?: AbortSignal): Promise<void> {
    this.#pass[Symbol.dispose]();
    await this.#service?.stop();
    const { reset, environment, cwd, output } = this.#options;
    if (reset !== undefined) {
      this.#emit({ kind: 'service', state: { kind: 'resetting' } });
      await runReset(reset, { environment, cwd, output }, signal);
    }
    this.#pass = this.#newPass();
    await this.#service?.start(signal);
  }

  listen(listener: (event: ReplayEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#pass[Symbol.dispose]();
    this.#timer[Symbol.dispose]();
    await this.#service?.[Symbol.asyncDispose]();
    await this.#options.tape.close();
  }

  #newPass(): Pass {
    const { targets, tls, byHand, moved, patienceMs } = this.#options;
    return new Pass({
      targets,
      tls,
      byHand,
      moved,
      patienceMs,
      timer: this.#timer,
      connectionsEnd: this.#connectionsEnd,
      emit: (event) => this.#emit(event),
      views: this.views,
    });
  }

  #primaryTarget(): TargetAddress {
    const { primary } = this.manifest;
    const target = this.#options.targets.get(primary);
    if (target === undefined) throw new DvrError('usage', `${primary} has no target`, { where: '--target' });
    return target;
  }

  /** Whether the request before it on its connection had not been answered when it was recorded. */
  #wasPipelined({ exchange }: ExchangeWithBodies): boolean {
    const { tape } = this.#options;
    if (exchange.message === 0) return false;
    for (let id = this.scope.before(exchange.id); id !== undefined; id = this.scope.before(id)) {
      const summary = tape.summary(id);
      if (summary.connection === exchange.connection) return !endedBefore(spanOf(summary), spanOf(exchange));
    }
    return false;
  }

  #emit(event: ReplayEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #notInScope(id: PayloadId): DvrError {
    const { first, count } = this.scope;
    const hint = first === undefined ? 'No payload is in scope.' : `There are ${count}, from ${first} on.`;
    return new DvrError('usage', `payload ${id} is not in this replay`, { hint });
  }
}

/**
 * Opens a replay: starts the service where there is one to start, else makes sure that the target is there.
 * @throws `usage` for a scope without a payload, `service-not-ready`, `target-out-of-reach`.
 */
export async function openReplay(options: ReplayOptions, signal?: AbortSignal): Promise<TapeReplay> {
  const replay = new TapeReplay(options);
  try {
    if (replay.scope.count === 0) throw nothingToReplay(replay.scope, options);
    if (replay.service !== undefined || options.reset !== undefined) await replay.restart(signal);
    if (replay.service !== undefined) return replay;
    for (const target of options.targets.values()) {
      if (!(await takesConnections(target))) throw targetOutOfReach(target);
      if (target.tls) await trust(target, options.tls);
    }
    return replay;
  } catch (error) {
    await replay[Symbol.asyncDispose]();
    throw error;
  }
}

/** Tells at once that a target is not believed, which would else be told of each payload. */
async function trust(target: TargetAddress, tls: TargetTls): Promise<void> {
  try {
    await shakeHands(target, tls);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
    throw new DvrError('target-out-of-reach', `TLS with ${target.url} failed${code}`, {
      where: '--target',
      hint: 'Name the authority of its certificate with --target-ca FILE, and the name in it with --target-server-name.',
      cause,
    });
  }
}

function nothingToReplay({ leftOut }: Scope, { tape, session }: ReplayOptions): DvrError {
  const unknown = session === undefined ? undefined : unknownSession(tape, session);
  if (unknown !== undefined) return unknown;
  const gaps = gapWords(tape.manifest.gaps);
  const why = [
    ...(leftOut.length === 0 ? [] : [`Left out: ${leftOut.join('; ')}.`]),
    ...(gaps.length === 0 ? [] : [`Gaps of the tape: ${gaps.join('; ')}.`]),
  ];
  return new DvrError('usage', 'the tape has no payload to replay', {
    where: session === undefined ? '--tape' : '--session',
    ...(why.length === 0 ? {} : { hint: why.join(' ') }),
  });
}

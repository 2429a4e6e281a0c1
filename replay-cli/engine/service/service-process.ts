import { type ChildProcess, spawn } from 'node:child_process';
import type { constants } from 'node:os';
import type { Writable } from 'node:stream';
import { DvrError } from '../../../errors/index.ts';
import type { TargetAddress } from '../../../program/address.ts';
import type { Service, ServiceState } from '../port.ts';
import { awaitReady, type Readiness, takesConnections } from './ready.ts';

export interface ServiceOptions {
  readonly command: readonly [string, ...string[]];
  readonly target: TargetAddress;
  readonly readiness: Readiness;
  readonly readyWithinMs: number;
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Where its output goes, both streams of it. */
  readonly output: Writable;
  readonly onState: (state: ServiceState) => void;
}

/** How long a service has to end after SIGTERM before SIGKILL, milliseconds. */
const graceMs = 5_000;
const pollMs = 20;

/** A service that the replay starts and stops, in a process group of its own. */
export class ServiceProcess implements Service, AsyncDisposable {
  readonly #options: ServiceOptions;
  #child: ChildProcess | undefined;
  #exited: Promise<number | string> | undefined;

  constructor(options: ServiceOptions) {
    this.#options = options;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /**
   * Starts the service and waits until it is ready.
   * @throws `service-not-ready`: it could not be started, ended, or took too long; or something else holds the port.
   */
  async start(signal?: AbortSignal): Promise<void> {
    const { command, target, onState, environment, cwd, output } = this.#options;
    if (await takesConnections(target)) throw portTaken(target);
    onState({ kind: 'starting' });
    const began = performance.now();
    const [file, ...args] = command;
    const child = spawn(file, args, {
      cwd,
      env: environment,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    child.stdout?.pipe(output, { end: false });
    child.stderr?.pipe(output, { end: false });
    this.#exited = new Promise((resolve) => {
      child.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
      child.once('exit', (code, name) => resolve(name ?? code ?? 0));
    });
    // A second signal ends this process at once; the service must not outlive it.
    const stopWithUs = () => signalGroup(child.pid ?? 0, 'SIGKILL');
    process.once('exit', stopWithUs);
    this.#exited.then((status) => {
      process.off('exit', stopWithUs);
      if (this.#child === child) this.#child = undefined;
      onState({ kind: 'exited', status });
    });
    await this.#awaitReady(child, signal);
    onState({ kind: 'ready', pid: child.pid ?? 0, afterMs: performance.now() - began });
  }

  /** Ends the whole process group: SIGTERM, then SIGKILL. Returns when nothing of it is left. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child?.pid === undefined || this.#exited === undefined) return;
    this.#options.onState({ kind: 'stopping' });
    const group = child.pid;
    signalGroup(group, 'SIGTERM');
    const deadline = performance.now() + graceMs;
    while (groupLives(group) && performance.now() < deadline) await pause(pollMs);
    signalGroup(group, 'SIGKILL');
    await this.#exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #awaitReady(child: ChildProcess, signal: AbortSignal | undefined): Promise<void> {
    const { target, readiness, readyWithinMs } = this.#options;
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(), readyWithinMs);
    const stop = AbortSignal.any(signal === undefined ? [over.signal] : [over.signal, signal]);
    let ended: number | string | undefined;
    this.#exited?.then((status) => {
      ended = status;
      over.abort();
    });
    try {
      if ((await awaitReady(target, readiness, stop)) && ended === undefined) return;
    } finally {
      clearTimeout(timer);
    }
    const fault = notReady(this.#options, ended, signal?.aborted === true, child.pid === undefined);
    await this.stop();
    throw fault;
  }
}

function notReady(
  { command, target, readyWithinMs }: ServiceOptions,
  ended: number | string | undefined,
  aborted: boolean,
  unstarted: boolean,
): DvrError {
  const [file] = command;
  const where = '--exec';
  if (unstarted) {
    const hint = /^[A-Za-z_]\w*=/.test(file)
      ? `Set a variable with --env ${file}, and begin --exec with the program.`
      : 'Give the path of a program, or one that is on your PATH.';
    return new DvrError('service-not-ready', `${file} could not be started (${ended})`, { where, hint });
  }
  if (aborted) return new DvrError('service-not-ready', `the start of ${file} was interrupted`, { where });
  const hint = 'See its output above; --ready URL or --ready tcp says how to tell that it is ready.';
  const what =
    ended === undefined
      ? `${file} was not ready at ${target.url} within ${readyWithinMs / 1000} s`
      : `${file} ended before it was ready (${typeof ended === 'number' ? `exit code ${ended}` : ended})`;
  return new DvrError('service-not-ready', what, { where, hint });
}

function portTaken(target: TargetAddress): DvrError {
  return new DvrError('service-not-ready', `something listens at ${target.url} already`, {
    where: '--exec',
    hint: 'Stop it, or leave out --exec to replay to it.',
  });
}

/**
 * Runs a command to its end, its output with the service's.
 * @throws `service-not-ready` where it cannot be started or does not end with 0.
 */
export async function runReset(
  command: readonly [string, ...string[]],
  options: Pick<ServiceOptions, 'environment' | 'cwd' | 'output'>,
  signal?: AbortSignal,
): Promise<void> {
  const [file, ...args] = command;
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: options.environment,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout?.pipe(options.output, { end: false });
  child.stderr?.pipe(options.output, { end: false });
  const stop = () => child.pid !== undefined && signalGroup(child.pid, 'SIGKILL');
  signal?.addEventListener('abort', stop);
  const status = await new Promise<number | string>((resolve) => {
    child.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? 'error'));
    child.once('close', (code, name) => resolve(name ?? code ?? 0));
  });
  signal?.removeEventListener('abort', stop);
  if (status === 0) return;
  const end = typeof status === 'number' ? `exit code ${status}` : status;
  throw new DvrError('service-not-ready', `${file} did not reset the state (${end})`, { where: '--reset' });
}

function signalGroup(group: number, name: keyof typeof constants.signals): void {
  // 0 would be our own group.
  if (group <= 0) return;
  try {
    process.kill(-group, name);
  } catch {
    // Nothing of the group is left.
  }
}

function groupLives(group: number): boolean {
  try {
    process.kill(-group, 0);
    return true;
  } catch {
    return false;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

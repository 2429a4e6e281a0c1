import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { Program } from './find.ts';

const startDeadlineMs = 15_000;
const stopDeadlineMs = 5_000;
const keptOutput = 4_096;

/** Servers still running when the test process ends; none may outlive it. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export interface ServerSettings {
  readonly program: Program;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Whether the server answers. Asked again and again until it says so. */
  readonly ready: () => Promise<boolean>;
  /** Where it runs; removed when the server is disposed of. */
  readonly folder: string;
  /** Whom it runs as; else as the test does. */
  readonly user?: User | undefined;
}

/** A user and group of the system. */
export interface User {
  readonly uid: number;
  readonly gid: number;
}

/** A real server in a process of its own, which a test can stop, start again and pause. */
export class Server implements AsyncDisposable {
  readonly #settings: ServerSettings;
  #child: ChildProcess | undefined;

  constructor(settings: ServerSettings) {
    this.#settings = settings;
  }

  get pid(): number {
    const pid = this.#child?.pid;
    if (pid === undefined) throw new Error('the server is not running');
    return pid;
  }

  /** Starts it (again), with the same settings, and waits until it is ready; throws its last output after 15 s. */
  async start(): Promise<void> {
    await this.#end('SIGTERM');
    this.#child = await launch(this.#settings);
  }

  /** Ends the process (SIGTERM, then SIGKILL) and waits until it is gone. */
  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  /** Ends the process at once, as a crash does, and waits until it is gone. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  /** Stops it in its tracks (SIGSTOP): connections stay open and nothing answers. */
  pause(): void {
    process.kill(this.pid, 'SIGSTOP');
  }

  /** Lets it go on after `pause`. */
  resume(): void {
    process.kill(this.pid, 'SIGCONT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end('SIGKILL');
    await rm(this.#settings.folder, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill(signal);
    child.kill('SIGCONT');
    const force = setTimeout(() => child.kill('SIGKILL'), stopDeadlineMs);
    await exited;
    clearTimeout(force);
  }
}

async function launch({
  program,
  args,
  environment,
  ready,
  user,
  folder,
}: ServerSettings): Promise<ChildProcess> {
  const child = spawn(program.path, args, {
    cwd: folder,
    env: { ...process.env, ...program.environment, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...user,
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-keptOutput);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const ended = new AbortController();
  child.once('error', (cause) => ended.abort(cause));
  child.once('exit', (code, signal) => ended.abort(new Error(`it ended with ${code ?? signal}`)));
  try {
    await untilReady(ready, ended.signal);
  } catch (cause) {
    child.kill('SIGKILL');
    throw new Error(`${program.path} did not start:\n${output}`, { cause });
  }
  return child;
}

async function untilReady(ready: () => Promise<boolean>, ended: AbortSignal): Promise<void> {
  const deadline = Date.now() + startDeadlineMs;
  do {
    ended.throwIfAborted();
    if (Date.now() > deadline) throw new Error(`it was not ready after ${startDeadlineMs} ms`);
    await delay(20);
  } while (!(await ready()));
}

/** A loopback port that was free a moment ago, for servers that cannot choose one and say which. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const address = probe.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  probe.close();
  await once(probe, 'close');
  return address.port;
}

/** Whether something listens on a loopback port. */
export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(port, '127.0.0.1');
    connection.once('error', () => resolve(false));
    connection.once('connect', () => {
      connection.destroy();
      resolve(true);
    });
  });
}

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { accepts } from '../test/parts/server.ts';

const startDeadlineMs = 15_000;
const stopDeadlineMs = 3_000;

export interface Command {
  readonly path: string;
  readonly args: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

/** A process that is measured, or that a measurement needs. */
export class Measured implements AsyncDisposable {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;

  private constructor(child: ChildProcess, pid: number) {
    this.#child = child;
    this.pid = pid;
    this.#exited = once(child, 'exit');
  }

  /** Starts it and waits until it accepts connections on `port`. */
  static async start({ path, args, environment }: Command, port: number): Promise<Measured> {
    const child = spawn(path, args, {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    await once(child, 'spawn');
    const measured = new Measured(child, child.pid ?? 0);
    const deadline = Date.now() + startDeadlineMs;
    while (!(await accepts(port))) {
      if (child.exitCode !== null || Date.now() > deadline) {
        await measured[Symbol.asyncDispose]();
        throw new Error(`${path} ${args.join(' ')} did not listen on ${port}`);
      }
      await sleep(20);
    }
    return measured;
  }

  /** CPU time that it has used so far, nanoseconds: what utime + stime of /proc/PID/stat round to 10 ms. */
  cpu(): number {
    return cpuOf(this.pid);
  }

  /** Memory that it holds, bytes. */
  rss(): number {
    const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.pid}/status`, 'latin1'))?.[1];
    return Number(kilobytes) * 1024;
  }

  /** Asks it to end, so that a profile is written, and ends it after 3 s. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGTERM');
    const force = setTimeout(() => this.#child.kill('SIGKILL'), stopDeadlineMs);
    await this.#exited;
    clearTimeout(force);
  }
}

/** See `Measured.cpu`. Source: Documentation/scheduler/sched-stats.rst of Linux, "/proc/<pid>/schedstat". */
function cpuOf(pid: number): number {
  let nanoseconds = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    nanoseconds += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ')[0]);
  }
  return nanoseconds;
}

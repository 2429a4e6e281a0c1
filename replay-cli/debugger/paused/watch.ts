import { setTimeout as wait } from 'node:timers/promises';
import { InspectorFinder, isPaused } from './inspector.ts';
import { holdsOneOf, listeningSockets, processesThatHold } from './listeners.ts';
import { stoodStill, threadsInTracingStop } from './tracing-stop.ts';

/** What says that the service stands at a breakpoint. */
export type PausedBy = 'tracing_stop' | 'inspector';

/** Milliseconds between two looks at a thread. */
const lookApartMs = 40;

/**
 * Looks whether the process that listens on a port of this machine is stopped in a debugger. Linux only: elsewhere, and
 * for other users' processes, it never says so.
 */
export class PausedWatch {
  readonly #port: number;
  readonly #inspectors: InspectorFinder;
  #pids: readonly number[] = [];

  constructor(port: number) {
    this.#port = port;
    this.#inspectors = new InspectorFinder(port);
  }

  /** One look, of about 50 ms. `undefined`: nothing says that it is paused, which is not to say that it runs. */
  async look(): Promise<PausedBy | undefined> {
    const pids = await this.#processes();
    for (const pid of pids) {
      if (await inTracingStop(pid)) return 'tracing_stop';
    }
    for (const pid of pids) {
      for (const url of await this.#inspectors.urlsOf(pid)) if (await isPaused(url)) return 'inspector';
    }
    return undefined;
  }

  /** All processes of the machine are looked through only when those found before do not hold the port any more. */
  async #processes(): Promise<readonly number[]> {
    const sockets = (await listeningSockets()).filter(({ port }) => port === this.#port);
    const inodes = new Set(sockets.map(({ inode }) => inode));
    const kept = await Promise.all(this.#pids.map((pid) => holdsOneOf(pid, inodes)));
    if (kept.length === 0 || kept.includes(false)) this.#pids = await processesThatHold(inodes);
    return this.#pids;
  }
}

async function inTracingStop(pid: number): Promise<boolean> {
  const before = await threadsInTracingStop(pid);
  if (before.size === 0) return false;
  await wait(lookApartMs);
  return stoodStill(before, await threadsInTracingStop(pid));
}

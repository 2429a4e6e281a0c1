import { readdir } from 'node:fs/promises';
import { contentOf } from './listeners.ts';

/**
 * The threads of a process that a debugger holds (Linux, proc_pid_stat(5): state `t`), each with its count of context
 * switches. A thread whose count did not grow between two looks has not run in between.
 */
export async function threadsInTracingStop(pid: number): Promise<ReadonlyMap<number, string>> {
  const stopped = new Map<number, string>();
  for (const name of await readdir(`/proc/${pid}/task`).catch(() => [])) {
    const folder = `/proc/${pid}/task/${name}`;
    if (stateOf(await contentOf(`${folder}/stat`)) !== 't') continue;
    const status = await contentOf(`${folder}/status`);
    if (!(await isTracedInPassing(status))) stopped.set(Number(name), switchesOf(status));
  }
  return stopped;
}

/** Whether some thread stood still in a tracing stop from one look to the next. */
export function stoodStill(before: ReadonlyMap<number, string>, after: ReadonlyMap<number, string>): boolean {
  for (const [thread, switches] of after) if (before.get(thread) === switches) return true;
  return false;
}

/** The state letter: it follows the command's name, which stands in parentheses and may hold any character. */
function stateOf(stat: string): string | undefined {
  return stat.slice(stat.lastIndexOf(')') + 2)[0];
}

/** Tracers that stop threads at every system call and let them go on: on a busy machine that takes its time. */
const inPassing = new Set(['strace', 'ltrace', 'rr']);

async function isTracedInPassing(status: string): Promise<boolean> {
  const tracer = /^TracerPid:\s*(\d+)$/m.exec(status)?.[1];
  return inPassing.has((await contentOf(`/proc/${tracer}/comm`)).trim());
}

function switchesOf(status: string): string {
  return [...status.matchAll(/^(?:non)?voluntary_ctxt_switches:\s*(\d+)$/gm)]
    .map(([, count]) => count)
    .join('/');
}

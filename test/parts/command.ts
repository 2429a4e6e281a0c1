import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { User } from './server.ts';

export interface CommandSettings {
  readonly deadlineMs: number;
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly user?: User | undefined;
}

/** Runs a command to its end and returns its stdout; throws with the end of its stderr. */
export async function runCommand(
  command: string,
  args: readonly string[],
  { deadlineMs, cwd, environment, user }: CommandSettings,
): Promise<string> {
  const settings = {
    cwd,
    env: { ...process.env, ...environment },
    timeout: deadlineMs,
    maxBuffer: 64 * 1024 * 1024,
    ...user,
  };
  try {
    return (await promisify(execFile)(command, args, settings)).stdout;
  } catch (cause) {
    throw new Error(`${command} ${args[0] ?? ''}: ${reasonOf(cause, deadlineMs)}`, { cause });
  }
}

function reasonOf(cause: unknown, deadlineMs: number): string {
  if (!(cause instanceof Error)) return String(cause);
  if (Reflect.get(cause, 'killed') === true) return `not done within ${deadlineMs / 1000} s`;
  const stderr: unknown = Reflect.get(cause, 'stderr');
  const lines = typeof stderr === 'string' ? stderr.trim().split('\n') : [];
  return lines.slice(-3).join(' · ') || cause.message;
}

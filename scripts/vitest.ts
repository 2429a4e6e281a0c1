import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:os';
import { join } from 'node:path';
import { reportVariable } from '../test/report.ts';

/** Runs vitest in a process of its own; returns its exit code. The outcome is left in `reportPath`. */
export async function runVitest(
  root: string,
  args: readonly string[],
  reportPath: string,
  environment: Readonly<Record<string, string>>,
): Promise<number> {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const child = spawn(process.execPath, [vitest, 'run', ...args], {
    cwd: root,
    env: { ...process.env, ...environment, [reportVariable]: reportPath },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, pass);
  process.on('SIGINT', () => undefined);
  const [code, signal] = await once(child, 'exit');
  return code ?? 128 + constants.signals[signal as NodeJS.Signals];
}

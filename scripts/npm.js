import { spawn } from 'node:child_process';
import { once } from 'node:events';

/**
 * Runs npm, its output on stderr; throws where it fails or passes its deadline.
 * @param {string[]} args
 * @param {{ cwd: string, env: NodeJS.ProcessEnv, deadlineMs: number }} settings
 */
export async function runNpm(args, { cwd, env, deadlineMs }) {
  const child = spawn('npm', [...args, '--no-audit', '--no-fund', '--no-update-notifier'], {
    cwd,
    env,
    stdio: ['ignore', 2, 2],
    timeout: deadlineMs,
  });
  const [code, signal] = await once(child, 'exit').catch((error) => {
    throw new Error(`npm could not be run (${error.message}). Install npm and try again.`);
  });
  if (signal !== null)
    throw new Error(`npm ${args[0]} was ended by ${signal} (its deadline is ${deadlineMs / 1000} s).`);
  if (code !== 0) throw new Error(`npm ${args[0]} failed with exit code ${code}; what it said is above.`);
}

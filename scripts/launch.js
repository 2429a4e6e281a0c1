/**
 * Runs a script of this project in a fresh checkout: `node scripts/launch.js bench/main.ts --short`. It makes sure of
 * Node 24 and of the dependencies first, and itself runs on Node 20. Without a script it only makes sure.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { delimiter, dirname, resolve } from 'node:path';
import { ensureDependencies } from './dependencies.js';
import { ensureNode } from './node24.js';

const root = resolve(import.meta.dirname ?? dirname(new URL(import.meta.url).pathname), '..');

try {
  const node = await ensureNode(root);
  const environment = { ...process.env, PATH: dirname(node) + delimiter + process.env.PATH };
  await ensureDependencies(root, environment);
  const [script, ...args] = process.argv.slice(2);
  if (script !== undefined) process.exitCode = await run(node, [resolve(root, script), ...args], environment);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

/**
 * Runs the script; returns its exit code, 128 + N where signal N ended it. A terminal sends its Ctrl-C to both of us,
 * so that one is not passed on.
 * @param {string} node
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} environment
 */
async function run(node, args, environment) {
  const child = spawn(node, args, { cwd: root, env: environment, stdio: 'inherit' });
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  process.on('SIGHUP', () => child.kill('SIGHUP'));
  process.on('SIGINT', () => undefined);
  /** @type {[number | null, NodeJS.Signals | null]} */
  const [code, signal] = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (...ended) => resolve(ended));
  });
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

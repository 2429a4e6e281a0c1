import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runNpm } from './npm.js';

/**
 * Runs `npm ci` where node_modules is missing or is not what package-lock.json says.
 * @param {string} root folder of the checkout
 * @param {NodeJS.ProcessEnv} environment with Node 24 first on the PATH
 */
export async function ensureDependencies(root, environment) {
  const locked = await packages(join(root, 'package-lock.json'));
  const installed = await packages(join(root, 'node_modules', '.package-lock.json')).catch(() => undefined);
  if (installed !== undefined && agree(locked, installed)) return;
  if (await isLink(join(root, 'node_modules'))) {
    throw new Error('node_modules is a link to a folder that is not up to date. Run npm ci where it leads.');
  }
  process.stderr.write('Installing the dependencies (npm ci) …\n');
  await runNpm(['ci'], { cwd: root, env: environment, deadlineMs: 600_000 });
}

/** @typedef {Record<string, { version: string, optional?: boolean }>} Packages by path */

/**
 * What a lock file, or npm's own list of what it installed, names.
 * @param {string} path
 * @returns {Promise<Packages>}
 */
async function packages(path) {
  const { '': _project, ...rest } = JSON.parse(await readFile(path, 'utf8')).packages;
  return rest;
}

/**
 * Optional packages may be missing: they are another platform's.
 * @param {Packages} locked
 * @param {Packages} installed
 */
function agree(locked, installed) {
  const wanted = Object.entries(locked).every(
    ([path, entry]) => entry.optional || installed[path]?.version === entry.version,
  );
  return (
    wanted && Object.entries(installed).every(([path, { version }]) => locked[path]?.version === version)
  );
}

/** @param {string} path */
async function isLink(path) {
  return lstat(path).then(
    (status) => status.isSymbolicLink(),
    () => false,
  );
}

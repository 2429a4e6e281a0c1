import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { isTooOld, neededNode } from './node-version.js';

/**
 * What happens on a Node too old for the program: where this is a checkout whose scripts have brought a newer one, that
 * one runs it; else it is said what to do. Runs on Node 16.
 * @param {string} program the name of the program: `dvr-cli`
 */
export function runElsewhere(program) {
  const newer = broughtNode();
  if (newer === undefined) {
    process.stderr.write(
      `${program} needs Node.js ${neededNode} or newer, and this is ${process.version}.\n` +
        `Install a newer one (npm install -g node@24, https://nodejs.org/ or your version manager), then run ${program} again.\n`,
    );
    process.exitCode = 2;
    return;
  }
  const launcher = fileURLToPath(new URL(`${program}.js`, import.meta.url));
  const child = spawn(newer, [launcher, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  process.on('SIGHUP', () => child.kill('SIGHUP'));
  // A terminal sends its Ctrl-C to both.
  process.on('SIGINT', () => undefined);
  child.on('error', (error) => {
    process.stderr.write(`${newer} cannot be run: ${error.message}\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    process.exitCode = code === null ? 128 + (signal === null ? 0 : constants.signals[signal]) : code;
  });
}

/** The Node that `npm run demo` or `npm test` has brought into `.cache` (scripts/node24.js). */
function broughtNode() {
  const cache = new URL('../.cache/', import.meta.url);
  if (!existsSync(cache)) return undefined;
  const folders = readdirSync(cache).filter((name) => /^node-[a-z0-9-]+-24$/.test(name));
  const packages = folders.map((name) => new URL(`${name}/node_modules/${name.slice(0, -3)}/`, cache));
  const fitting = packages.find((folder) => existsSync(new URL('bin/node', folder)) && isNewEnough(folder));
  return fitting && fileURLToPath(new URL('bin/node', fitting));
}

/** @param {URL} folder of the npm package that holds a Node */
function isNewEnough(folder) {
  const { version } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'));
  return !isTooOld(version);
}

import { cp, mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { runCommand } from './command.ts';
import { onceARun } from './once-a-run.ts';

const root = join(import.meta.dirname, '..', '..');
const notPacked = new Set(['.git', '.cache', 'node_modules', 'dist']);
const packDeadlineMs = 180_000;
const installDeadlineMs = 300_000;

/** Time to give a test or hook that packs and installs, ms. */
export const packageDeadlineMs: number = packDeadlineMs + installDeadlineMs;

/** The package as its users get it: built, packed, and installed in a folder that had nothing in it. */
export interface InstalledPackage {
  /** The package's own folder. */
  readonly root: string;
  /** The files of the package, relative to its own folder. */
  readonly files: readonly string[];
  /** Path of one of its programs: `dvr-cli`. */
  program(name: string): string;
}

/**
 * The package of this checkout. The first test of a run that asks packs a copy of the checkout, so that nothing in it is
 * touched, and installs that in half a minute; the others wait for it. It is not to be changed, and goes with the run.
 */
export async function installedPackage(): Promise<InstalledPackage> {
  const home = await onceARun('package', install);
  const installed = join(home, 'node_modules', 'stateful-replay-tunnel');
  return {
    root: installed,
    files: await filesUnder(installed),
    program: (name) => join(home, 'node_modules', '.bin', name),
  };
}

/** Installs in `folder`; returns where. */
async function install(folder: string): Promise<string> {
  const tarball = await pack(folder);
  const home = join(folder, 'home');
  await mkdir(home);
  await writeFile(join(home, 'package.json'), '{ "private": true }\n');
  await npm(['install', '--prefer-offline', '--no-audit', '--no-fund', tarball], home, installDeadlineMs);
  return home;
}

async function pack(folder: string): Promise<string> {
  const copy = join(folder, 'checkout');
  await cp(root, copy, {
    recursive: true,
    filter: (path) => !notPacked.has(relative(root, path).split('/')[0] ?? ''),
  });
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
  await npm(['pack', '--pack-destination', folder], copy, packDeadlineMs);
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz'));
  if (tarball === undefined) throw new Error('npm pack left no tarball');
  return join(folder, tarball);
}

async function npm(args: readonly string[], cwd: string, deadlineMs: number): Promise<void> {
  await runCommand('npm', args, { cwd, deadlineMs });
}

async function filesUnder(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map((entry) => relative(folder, join(entry.parentPath, entry.name))).sort();
}

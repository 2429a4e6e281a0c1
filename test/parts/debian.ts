import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from './command.ts';
import { cacheFolder, debianFolder, onPath, unpacked } from './find.ts';

const updateDeadlineMs = 120_000;
const downloadDeadlineMs = 180_000;
const unpackDeadlineMs = 60_000;

/**
 * Unpacks Debian packages, and those they depend on and this machine lacks, into `.cache/debian/<program>`. Nothing is
 * installed and no privilege needed. Throws where this is no Debian, or the program's libraries cannot be had.
 */
export async function unpackDebian(program: string, packages: readonly string[]): Promise<void> {
  for (const tool of ['apt-get', 'dpkg-deb']) {
    if (onPath(tool) === undefined) throw new Error(`there is no ${tool} here`);
  }
  const target = debianFolder(program);
  await mkdir(join(target, '..'), { recursive: true });
  const folder = await mkdtemp(`${target}-`);
  try {
    await download(packages, folder);
    await unpackAll(folder);
    await rm(target, { recursive: true, force: true });
    await rename(join(folder, 'root'), target);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  await checkLibraries(program);
}

/** With the machine's own package lists where they serve, else with fresh ones of our own. */
async function download(packages: readonly string[], folder: string): Promise<void> {
  try {
    await downloadWith([], packages, folder);
  } catch {
    await downloadWith(await freshLists(), packages, folder);
  }
}

async function downloadWith(
  options: readonly string[],
  packages: readonly string[],
  folder: string,
): Promise<void> {
  const settings = { cwd: folder, deadlineMs: downloadDeadlineMs, environment: { LC_ALL: 'C' } };
  const plan = await runCommand(
    'apt-get',
    [...options, '--simulate', '--no-install-recommends', 'install', ...packages],
    settings,
  );
  const lacking = [...plan.matchAll(/^Inst (\S+)/gm)].map((match) => match[1] ?? '');
  await runCommand('apt-get', [...options, 'download', ...new Set([...packages, ...lacking])], settings);
}

/** apt with a state of its own, so that no privilege is needed to fetch the package lists. */
async function freshLists(): Promise<string[]> {
  const state = join(cacheFolder, 'apt');
  for (const part of ['state/lists/partial', 'cache/archives/partial']) {
    await mkdir(join(state, part), { recursive: true });
  }
  const options = {
    'Dir::State': join(state, 'state'),
    'Dir::State::status': '/var/lib/dpkg/status',
    'Dir::Cache': join(state, 'cache'),
    'APT::Sandbox::User': 'root',
  };
  const asArguments = Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  await runCommand('apt-get', [...asArguments, 'update'], { deadlineMs: updateDeadlineMs });
  return asArguments;
}

async function unpackAll(folder: string): Promise<void> {
  const archives = (await readdir(folder)).filter((name) => name.endsWith('.deb'));
  for (const archive of archives) {
    await runCommand('dpkg-deb', ['-x', archive, 'root'], { cwd: folder, deadlineMs: unpackDeadlineMs });
  }
}

/** A library that is still missing is a package that this machine's package database wrongly says is there. */
async function checkLibraries(program: string): Promise<void> {
  const found = unpacked(program);
  if (found === undefined) throw new Error(`the packages hold no program ${program}`);
  const libraries = await runCommand('ldd', [found.path], {
    environment: found.environment,
    deadlineMs: unpackDeadlineMs,
  }).catch(() => 'it is linked statically');
  const missing = libraries.split('\n').filter((line) => line.includes('not found'));
  if (missing.length === 0) return;
  await rm(debianFolder(program), { recursive: true, force: true });
  throw new Error(`libraries are missing: ${missing.map((line) => line.trim()).join(', ')}`);
}

import { mkdir, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from './command.ts';
import { cacheFolder } from './find.ts';

const installDeadlineMs = 300_000;

/** Time to give a test or hook that brings an application, ms. */
export const applicationDeadlineMs: number = installDeadlineMs + 10_000;

/**
 * The folder in which a public npm package of this very version is installed, with what it depends on; brought into
 * `.cache/applications` on first use. Its install scripts do not run.
 */
export async function bringApplication(name: string, version: string): Promise<string> {
  const applications = join(cacheFolder, 'applications');
  const target = join(applications, `${name.replace('/', '+')}-${version}`);
  if (await exists(join(target, 'package.json'))) return target;
  await mkdir(applications, { recursive: true });
  const folder = await mkdtemp(`${target}-`);
  try {
    await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
    const quietly = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
    await runCommand('npm', ['install', ...quietly, `${name}@${version}`], {
      cwd: folder,
      deadlineMs: installDeadlineMs,
    });
    await rename(folder, target);
  } catch (error) {
    // Another process may have brought it meanwhile.
    if (!(await exists(join(target, 'package.json')))) throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return target;
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

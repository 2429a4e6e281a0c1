import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../program/make-folder.ts';
import type { TapeId } from '../../tape/tape-id.ts';
import { codeOf } from '../../vault/filesystem/fault.ts';
import { folderMode } from '../../vault/filesystem/part-sink.ts';

/**
 * The hidden folder in which a tape grows until it is whole; the process id in its name tells whether somebody is at
 * it. One that a fetch left behind is taken over, so that its whole parts are not fetched again.
 */
export async function claimStaging(tapes: string, id: TapeId): Promise<string> {
  await makeFolder(tapes, folderMode);
  const own = join(tapes, `.${id}.${process.pid}.part`);
  for (const name of await readdir(tapes)) {
    const pid = leftBehindBy(name, id);
    if (pid === undefined || isRunning(pid)) continue;
    try {
      await rename(join(tapes, name), own);
      await removeUnfinished(own);
      return own;
    } catch (error) {
      // Another fetch was faster, or took one over already.
      if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(codeOf(error) ?? '')) throw error;
    }
  }
  await makeFolder(own, folderMode);
  return own;
}

/**
 * Removes what a write left unfinished, and the folder itself where nothing whole is in it. Answers whether there is
 * something that the next fetch can go on with.
 */
export async function leaveStaging(staging: string): Promise<boolean> {
  const whole = await removeUnfinished(staging);
  if (whole === 0) await removeStaging(staging);
  return whole > 0;
}

export function removeStaging(staging: string): Promise<void> {
  return rm(staging, { recursive: true, force: true });
}

/** Removes unfinished files and tells how many finished ones there are. */
async function removeUnfinished(staging: string): Promise<number> {
  const entries = await readdir(staging, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const unfinished = files.filter(({ name }) => name.endsWith('.tmp'));
  for (const { parentPath, name } of unfinished) await rm(join(parentPath, name), { force: true });
  return files.length - unfinished.length;
}

/** Moves the whole tape to its place; where another fetch has put it there meanwhile, that one stays. */
export async function settleStaging(staging: string, folder: string): Promise<void> {
  try {
    await rename(staging, folder);
  } catch (error) {
    if (!['ENOTEMPTY', 'EEXIST'].includes(codeOf(error) ?? '')) throw error;
    await rm(staging, { recursive: true, force: true });
  }
}

function leftBehindBy(name: string, id: TapeId): number | undefined {
  const match = /^\.(.+)\.(\d{1,10})\.part$/.exec(name);
  return match?.[1] === id ? Number(match[2]) : undefined;
}

function isRunning(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

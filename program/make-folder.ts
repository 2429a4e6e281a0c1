import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder, and those that it lies in, with `mode`; one that is there stays as it is. Throws what the system says.
 *
 * Level by level and not with Node's `recursive`: that one never ends where a folder's parent is there and the folder
 * cannot be made in it for ENOENT, as below `/proc` (Node.js 24.21, 2026-11-21; `make-folder.test.ts`).
 */
export async function makeFolder(path: string, mode: number): Promise<void> {
  const above = dirname(path);
  if (above !== path && (await kindOf(above)) === undefined) await makeFolder(above, mode);
  try {
    await mkdir(path, { mode });
  } catch (error) {
    // It was there, or somebody else made it just now.
    if ((await kindOf(path)) !== 'folder') throw error;
  }
}

async function kindOf(path: string): Promise<'folder' | 'other' | undefined> {
  return stat(path).then(
    (found) => (found.isDirectory() ? 'folder' : 'other'),
    () => undefined,
  );
}

import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { DvrError } from '../../errors/index.ts';

/**
 * Opens a file for reading. Throws `tape-damaged` for what is no file: to open a pipe would wait for its writer, and a
 * device has no end.
 */
export async function openRegular(path: string): Promise<FileHandle> {
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw new DvrError('tape-damaged', `${path} is no file`, {
    where: path,
    hint: 'Fetch the tape again; if it stays so, the tape in the vault is broken.',
  });
}

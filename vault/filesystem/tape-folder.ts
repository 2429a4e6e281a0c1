import { join } from 'node:path';
import { DvrError } from '../../errors/index.ts';
import { tooLarge } from '../../tape/codec/faults.ts';
import { limits } from '../../tape/codec/limits.ts';
import { parseManifest } from '../../tape/codec/manifest-codec.ts';
import type { Manifest } from '../../tape/manifest.ts';
import { openTape, type Tape } from '../../tape/reader.ts';
import { openRegular } from './open-regular.ts';
import { FolderPartSource } from './part-source.ts';

/** Opens the tape that lies in `folder`. Throws `tape-not-found` where it has no manifest; else as `openTape`. */
export async function openTapeFolder(folder: string): Promise<Tape> {
  const manifest = await readManifest(folder);
  return openTape(new FolderPartSource(folder), manifest);
}

/** The manifest of the tape that lies in `folder`. Throws `tape-not-found`; else as `parseManifest`. */
export async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, 'manifest.json');
  let bytes: Buffer;
  try {
    await using handle = await openRegular(path);
    const { size } = await handle.stat();
    if (size > limits.manifestBytes) throw tooLarge('manifest.json', 'bytes', size, limits.manifestBytes);
    bytes = await handle.readFile();
  } catch (cause) {
    if (cause instanceof DvrError) throw cause;
    throw new DvrError('tape-not-found', `there is no tape in ${folder}: manifest.json cannot be read`, {
      where: path,
      hint: 'Name a fetched tape by its id, or the folder that holds its manifest.json.',
      cause,
    });
  }
  return parseManifest(bytes);
}

import { createHash, randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { PartEntry } from '../../tape/manifest.ts';
import type { PartSink } from '../../tape/parts.ts';

/** Folders are their owner's alone, and so are files. */
export const folderMode = 0o700;
export const fileMode = 0o600;

/** A part that is written beside its place and moved there, synced, when it is whole. */
export class FilePartSink implements PartSink {
  readonly #path: string;
  readonly #file: string;
  readonly #temporary: string;
  readonly #handle: FileHandle;
  readonly #digest = createHash('sha256');
  #bytes = 0;
  #open = true;

  private constructor(path: string, file: string, temporary: string, handle: FileHandle) {
    this.#path = path;
    this.#file = file;
    this.#temporary = temporary;
    this.#handle = handle;
  }

  /** Begins the part `path` of a tape at `file`; its folders are made. */
  static async open(path: string, file: string): Promise<FilePartSink> {
    await mkdir(dirname(file), { recursive: true, mode: folderMode });
    const temporary = temporaryName(file);
    return new FilePartSink(path, file, temporary, await open(temporary, 'wx', fileMode));
  }

  async write(chunk: Uint8Array): Promise<void> {
    await writeAll(this.#handle, chunk);
    this.#digest.update(chunk);
    this.#bytes += chunk.length;
  }

  async close(): Promise<PartEntry> {
    await this.#handle.sync();
    this.#open = false;
    await this.#handle.close();
    await rename(this.#temporary, this.#file);
    await syncFolder(dirname(this.#file));
    return { path: this.#path, bytes: this.#bytes, sha256: this.#digest.digest('hex') };
  }

  async abort(): Promise<void> {
    if (this.#open) await this.#handle.close();
    this.#open = false;
    await rm(this.#temporary, { force: true });
  }
}

/** A name beside `file` that no other writer has, and that no reader takes for a part. */
export function temporaryName(file: string): string {
  return `${file}.${randomBytes(6).toString('hex')}.tmp`;
}

/** Writes all of `chunk`. */
export async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length; ) {
    const { bytesWritten } = await handle.write(chunk, at);
    at += bytesWritten;
  }
}

/** Makes the names in a folder last (rename and link reach the disk with the folder, not with the file). */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

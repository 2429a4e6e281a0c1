import { createHash, type Hash, randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from '../../program/make-folder.ts';
import type { PartEntry } from '../../tape/manifest.ts';
import type { PartSink } from '../../tape/parts.ts';
import type { FileFault } from './fault.ts';

/** Folders are their owner's alone, and so are files. */
export const folderMode = 0o700;
export const fileMode = 0o600;

/** A part that is written beside its place and moved there, synced, when it is whole. */
export class FilePartSink implements PartSink {
  readonly #path: string;
  readonly #file: string;
  readonly #temporary: string;
  readonly #handle: FileHandle;
  readonly #fault: FileFault;
  readonly #digest: Hash = createHash('sha256');
  #bytes = 0;

  private constructor(path: string, file: string, temporary: string, handle: FileHandle, fault: FileFault) {
    this.#path = path;
    this.#file = file;
    this.#temporary = temporary;
    this.#handle = handle;
    this.#fault = fault;
  }

  /** Begins the part `path` of a tape at `file`; its folders are made. Whatever fails is thrown as `fault` words it. */
  static async open(path: string, file: string, fault: FileFault): Promise<FilePartSink> {
    const temporary = temporaryName(file);
    try {
      await makeFolder(dirname(file), folderMode);
      return new FilePartSink(path, file, temporary, await open(temporary, 'wx', fileMode), fault);
    } catch (cause) {
      throw fault('create', file, cause);
    }
  }

  async write(chunk: Uint8Array): Promise<void> {
    try {
      await this.#handle.appendFile(chunk);
    } catch (cause) {
      throw this.#fault('write', this.#file, cause);
    }
    this.#digest.update(chunk);
    this.#bytes += chunk.length;
  }

  async close(): Promise<PartEntry> {
    try {
      await this.#handle.sync();
      await this.#handle.close();
      await rename(this.#temporary, this.#file);
      await syncFolder(dirname(this.#file));
    } catch (cause) {
      throw this.#fault('finish', this.#file, cause);
    }
    return { path: this.#path, bytes: this.#bytes, sha256: this.#digest.digest('hex') };
  }

  async abort(): Promise<void> {
    // A handle that is closed already may be closed again.
    await this.#handle.close();
    await rm(this.#temporary, { force: true });
  }
}

/** A name beside `file` that no other writer has, and that no reader takes for a part. */
export function temporaryName(file: string): string {
  return `${file}.${randomBytes(6).toString('hex')}.tmp`;
}

/** Makes the names in a folder last: rename and link reach the disk with the folder, not with the file. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

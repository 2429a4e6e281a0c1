import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { damaged } from '../../tape/codec/faults.ts';
import { isPartPath } from '../../tape/codec/part-path.ts';
import type { PartSource } from '../../tape/parts.ts';
import { openRegular } from './open-regular.ts';

/** The parts of a tape in a folder. Files are opened when first read. */
export class FolderPartSource implements PartSource {
  readonly #folder: string;
  readonly #handles = new Map<string, Promise<FileHandle>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async read(name: string, start: number, end: number): Promise<Uint8Array> {
    const handle = await this.#open(name);
    const bytes = Buffer.allocUnsafe(end - start);
    for (let at = 0; at < bytes.length; ) {
      const { bytesRead } = await handle.read(bytes, at, bytes.length - at, start + at);
      if (bytesRead === 0) throw damaged(name, `it ends before byte ${end}`);
      at += bytesRead;
    }
    return bytes;
  }

  async size(name: string): Promise<number> {
    const handle = await this.#open(name);
    const { size } = await handle.stat();
    return size;
  }

  async close(): Promise<void> {
    const handles = await Promise.allSettled(this.#handles.values());
    this.#handles.clear();
    for (const opened of handles) if (opened.status === 'fulfilled') await opened.value.close();
  }

  #open(name: string): Promise<FileHandle> {
    if (!isPartPath(name)) throw damaged('manifest.json', `${JSON.stringify(name)} is no path of a part`);
    let opening = this.#handles.get(name);
    if (opening === undefined) {
      opening = openRegular(join(this.#folder, name)).catch((cause) => {
        throw damaged(name, 'it cannot be opened', cause);
      });
      this.#handles.set(name, opening);
    }
    return opening;
  }
}

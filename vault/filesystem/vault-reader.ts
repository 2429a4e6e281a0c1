import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { TapeId } from '../../tape/tape-id.ts';
import { parseTapeId } from '../../tape/tape-id.ts';
import { isNamespace, manifestName, nameKey, parseName, partKey } from '../layout.ts';
import { missingPart } from '../missing-part.ts';
import type { TapeListing, VaultReader } from '../port.ts';
import { codeOf, vaultFault } from './fault.ts';
import { openRegular } from './open-regular.ts';

/** A vault in a folder, as a developer sees it. */
export class FilesystemVaultReader implements VaultReader {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async *list(namespace?: string): AsyncGenerator<TapeListing> {
    const namespaces = namespace === undefined ? await this.#names('.') : [namespace];
    const found: TapeListing[] = [];
    for (const name of namespaces.filter(isNamespace)) {
      for (const folder of await this.#names(name)) {
        const id = parseTapeId(folder);
        const writtenAt = id && (await this.#writtenAt(name, id));
        if (id !== undefined && writtenAt !== undefined) found.push({ namespace: name, id, writtenAt });
      }
    }
    yield* found.sort((a, b) => b.writtenAt - a.writtenAt);
  }

  async locate(id: TapeId): Promise<string | undefined> {
    const file = join(this.#root, nameKey(id));
    try {
      await using handle = await openRegular(file);
      return parseName(id, await handle.readFile());
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT') return undefined;
      throw vaultFault('read', file, cause);
    }
  }

  async read(namespace: string, id: TapeId, path: string): Promise<AsyncIterable<Uint8Array>> {
    const file = join(this.#root, partKey(namespace, id, path));
    try {
      const handle = await openRegular(file);
      return handle.createReadStream();
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT') throw missingPart(id, path);
      throw vaultFault('read', file, cause);
    }
  }

  async close(): Promise<void> {}

  async #names(folder: string): Promise<readonly string[]> {
    const path = join(this.#root, folder);
    try {
      return await readdir(path);
    } catch (cause) {
      const code = codeOf(cause);
      // A namespace may be gone, or a file may lie among them; but the vault itself has to be there.
      if (folder !== '.' && (code === 'ENOENT' || code === 'ENOTDIR')) return [];
      throw vaultFault('list', path, cause);
    }
  }

  async #writtenAt(namespace: string, id: TapeId): Promise<number | undefined> {
    const file = join(this.#root, partKey(namespace, id, manifestName));
    try {
      const { mtimeMs } = await stat(file);
      return mtimeMs;
    } catch (cause) {
      if (codeOf(cause) === 'ENOENT') return undefined;
      throw vaultFault('list', file, cause);
    }
  }
}

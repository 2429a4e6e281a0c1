import { link, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolder } from '../../program/make-folder.ts';
import type { PartSink } from '../../tape/parts.ts';
import type { TapeId } from '../../tape/tape-id.ts';
import { encodeName, manifestName, nameKey, partKey } from '../layout.ts';
import type { VaultWriter } from '../port.ts';
import { codeOf, vaultFault } from './fault.ts';
import { FilePartSink, fileMode, folderMode, syncFolder, temporaryName } from './part-sink.ts';

/** A vault in a folder, as a committer sees it. Nothing is visible under its name before it is whole and synced. */
export class FilesystemVaultWriter implements VaultWriter {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async check(): Promise<void> {
    const trial = temporaryName(join(this.#root, 'trial'));
    try {
      await makeFolder(this.#root, folderMode);
      await writeSynced(trial, new Uint8Array());
      await rm(trial);
    } catch (cause) {
      throw vaultFault('write', this.#root, cause);
    }
  }

  async openPart(namespace: string, id: TapeId, path: string, signal?: AbortSignal): Promise<PartSink> {
    signal?.throwIfAborted();
    const sink = await FilePartSink.open(path, join(this.#root, partKey(namespace, id, path)), vaultFault);
    return signal === undefined ? sink : abortable(sink, signal);
  }

  async nameTape(namespace: string, id: TapeId): Promise<void> {
    partKey(namespace, id, manifestName);
    await this.#place(join(this.#root, nameKey(id)), encodeName(namespace), rename);
  }

  async publish(namespace: string, id: TapeId, manifest: Uint8Array): Promise<'published' | 'already_there'> {
    const file = join(this.#root, partKey(namespace, id, manifestName));
    let outcome: 'published' | 'already_there' = 'published';
    await this.#place(file, manifest, async (temporary, place) => {
      try {
        // Unlike rename, link never replaces: of two committers one wins.
        await link(temporary, place);
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
        outcome = 'already_there';
      }
    });
    return outcome;
  }

  async close(): Promise<void> {}

  async #place(
    file: string,
    content: Uint8Array,
    put: (temporary: string, file: string) => Promise<void>,
  ): Promise<void> {
    const temporary = temporaryName(file);
    try {
      await makeFolder(dirname(file), folderMode);
      await writeSynced(temporary, content);
      try {
        await put(temporary, file);
      } finally {
        await rm(temporary, { force: true });
      }
      await syncFolder(dirname(file));
    } catch (cause) {
      throw vaultFault('write', file, cause);
    }
  }
}

async function writeSynced(file: string, content: Uint8Array): Promise<void> {
  const handle = await open(file, 'wx', fileMode);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The sink, refusing to go on once the signal is aborted. */
function abortable(sink: PartSink, signal: AbortSignal): PartSink {
  return {
    write: async (chunk) => {
      signal.throwIfAborted();
      await sink.write(chunk);
    },
    close: async () => {
      signal.throwIfAborted();
      return sink.close();
    },
    abort: () => sink.abort(),
  };
}

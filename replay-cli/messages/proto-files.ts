import { type Dirent, realpathSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DvrError } from '../../errors/index.ts';

/** Files that are read at most. */
const mostFiles = 10_000;

/** `.proto` files to read, and the folder that their imports are relative to. */
export interface ProtoFiles {
  readonly folder: string;
  readonly files: readonly string[];
  /** One file was named: what it imports is read as well. */
  readonly single: boolean;
}

/**
 * The `.proto` files of a folder and of those below it, without `node_modules` and folders that begin with a dot; or the
 * one file that `path` names. Throws `config-invalid` where there is none.
 */
export async function findProtoFiles(path: string): Promise<ProtoFiles> {
  const where = `--proto ${path}`;
  try {
    if (statSync(path).isFile()) return { folder: dirname(path), files: [path], single: true };
  } catch (cause) {
    throw new DvrError('config-invalid', 'this folder or file cannot be read', { where, cause });
  }
  const files: string[] = [];
  try {
    await collect(path, files, new Set());
  } catch (cause) {
    throw new DvrError('config-invalid', 'this folder cannot be read', { where, cause });
  }
  if (files.length === 0 || files.length > mostFiles) {
    const count = files.length === 0 ? 'no .proto file' : `over ${mostFiles} .proto files`;
    throw new DvrError('config-invalid', `this folder holds ${count}`, { where });
  }
  return { folder: path, files: files.sort(), single: false };
}

/** `seen`: folders that were walked, by their real paths, as links may lead in circles. */
async function collect(folder: string, files: string[], seen: Set<string>): Promise<void> {
  const real = realpathSync(folder);
  if (seen.has(real) || files.length > mostFiles) return;
  seen.add(real);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (isFolder(entry, path)) {
      if (entry.name !== 'node_modules' && !entry.name.startsWith('.')) await collect(path, files, seen);
    } else if (entry.name.endsWith('.proto')) files.push(path);
  }
}

function isFolder(entry: Dirent, path: string): boolean {
  if (!entry.isSymbolicLink()) return entry.isDirectory();
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

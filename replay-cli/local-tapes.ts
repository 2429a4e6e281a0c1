import { readdir, stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { DvrError } from '../errors/index.ts';
import { parseTapeId, type TapeId } from '../tape/tape-id.ts';
import { fittingId } from './fitting-ids.ts';

const manifestName = 'manifest.json';

/** A tape on this disk. */
export interface LocalTape {
  readonly id: TapeId;
  readonly folder: string;
}

/** Where `fetch` puts a tape. `tapes` is the folder of all of them. */
export function localFolder(tapes: string, id: TapeId): string {
  return join(tapes, id);
}

/** The fetched tapes, by id. */
export async function localTapes(tapes: string): Promise<readonly LocalTape[]> {
  const names = await readdir(tapes).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const found: LocalTape[] = [];
  for (const name of names.toSorted()) {
    const id = parseTapeId(name);
    if (id === undefined) continue;
    const folder = localFolder(tapes, id);
    if (await isFile(join(folder, manifestName))) found.push({ id, folder });
  }
  return found;
}

/**
 * The folder of the tape that the user named, with `where`: by its id, by a folder that holds its manifest, or by the
 * beginning of its id (with or without `tape-id-`, in any case). What holds a separator or begins with a dot is a folder
 * for certain; another name may be that of one in the working directory.
 * @throws `tape-not-found`, `tape-ambiguous` where a beginning fits several, and `usage` for a folder without a tape.
 */
export async function resolveTape(given: string, tapes: string, cwd: string, where: string): Promise<string> {
  if (isAbsolute(given) || /^\.|[/\\]/.test(given)) return namedFolder(given, cwd);
  const ids = (await localTapes(tapes)).map((tape) => tape.id);
  const beside = resolve(cwd, given);
  if (given !== '' && !ids.some((id) => id === given) && (await isFile(join(beside, manifestName))))
    return beside;
  const id = fittingId(given, ids, where);
  if (id === undefined) throw notHere(given, tapes, where);
  return localFolder(tapes, id);
}

async function namedFolder(given: string, cwd: string): Promise<string> {
  const folder = resolve(cwd, given);
  if (await isFile(join(folder, manifestName))) return folder;
  throw new DvrError('usage', `there is no tape in ${folder}: it has no ${manifestName}`, {
    where: folder,
    hint: 'Name the folder that holds manifest.json, or a tape by its id.',
  });
}

function notHere(given: string, tapes: string, where: string): DvrError {
  const id = parseTapeId(given);
  return new DvrError('tape-not-found', `no tape ${given} was fetched into ${tapes}`, {
    where,
    hint: id === undefined ? 'See `dvr-cli tapes`.' : `Fetch it first: dvr-cli fetch ${id}`,
  });
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isFile(),
    () => false,
  );
}

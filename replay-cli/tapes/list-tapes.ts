import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DvrError } from '../../errors/index.ts';
import { limits } from '../../tape/codec/limits.ts';
import { parseManifest } from '../../tape/codec/manifest-codec.ts';
import type { Manifest } from '../../tape/manifest.ts';
import type { TapeId } from '../../tape/tape-id.ts';
import { readManifest } from '../../vault/filesystem/tape-folder.ts';
import type { TapeListing, VaultReader } from '../../vault/port.ts';
import { localTapes } from '../local-tapes.ts';

/** How many manifests of the vault's newest tapes are read for what they tell, and how many at once. */
const described = 50;
const atOnce = 8;

/** A tape that the vault or this machine has. */
export interface ListedTape {
  readonly id: TapeId;
  readonly namespace: string;
  /** When its manifest was written, milliseconds since the epoch. */
  readonly writtenAt: number;
  readonly inVault: boolean;
  /** Its folder on this machine. */
  readonly folder?: string;
  /** Absent where its manifest was not read, or could not be. */
  readonly manifest?: Manifest;
  /** Why its manifest could not be read. */
  readonly fault?: string;
}

/** The fetched tapes, newest first. */
export async function listLocal(tapes: string, namespace?: string): Promise<readonly ListedTape[]> {
  const listed: ListedTape[] = [];
  for (const { id, folder } of await localTapes(tapes)) {
    const { mtimeMs } = await stat(join(folder, 'manifest.json'));
    const told = await manifestOrFault(() => readManifest(folder));
    const from = told.manifest?.namespace ?? '?';
    const at = writtenAt(told.manifest, mtimeMs);
    listed.push({ id, namespace: from, writtenAt: at, inVault: false, folder, ...told });
  }
  return newestFirst(listed.filter((tape) => namespace === undefined || tape.namespace === namespace));
}

/** The tapes of the vault with those of this machine among them, newest first. */
export async function listVault(
  vault: VaultReader,
  local: readonly ListedTape[],
  namespace?: string,
): Promise<readonly ListedTape[]> {
  const here = new Map(local.map((tape) => [tape.id, tape]));
  const listed: ListedTape[] = [];
  for await (const listing of vault.list(namespace)) {
    const { id, namespace: from } = listing;
    listed.push({ ...listing, ...here.get(id), namespace: from, inVault: true });
    here.delete(id);
  }
  const all = newestFirst([...listed, ...here.values()]);
  const newest = all.slice(0, described);
  for (let at = 0; at < newest.length; at += atOnce) {
    const few = newest.slice(at, at + atOnce);
    all.splice(at, few.length, ...(await Promise.all(few.map((tape) => describe(vault, tape)))));
  }
  return newestFirst(all);
}

/** The namespaces of all tapes, of the vault as far as the user may list it. */
export async function namespacesOf(tapes: string, vault?: VaultReader): Promise<readonly string[]> {
  const found = new Set((await listLocal(tapes)).map(({ namespace }) => namespace));
  try {
    for await (const { namespace } of vault?.list() ?? []) found.add(namespace);
  } catch (error) {
    // Some may list one namespace alone.
    if (!(error instanceof DvrError && error.code === 'not-allowed')) throw error;
  }
  return [...found].sort();
}

async function describe(vault: VaultReader, tape: ListedTape): Promise<ListedTape> {
  if (tape.manifest !== undefined || tape.folder !== undefined) return tape;
  const told = await manifestOrFault(() => fromVault(vault, tape));
  return { ...tape, ...told, writtenAt: writtenAt(told.manifest, tape.writtenAt) };
}

async function fromVault(vault: VaultReader, { namespace, id }: TapeListing): Promise<Manifest> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of await vault.read(namespace, id, 'manifest.json')) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > limits.manifestBytes) break;
  }
  return parseManifest(Buffer.concat(chunks));
}

/** A tape that cannot be read is listed all the same; an outage or a refusal is not a matter of one tape. */
async function manifestOrFault(
  read: () => Promise<Manifest>,
): Promise<Pick<ListedTape, 'manifest' | 'fault'>> {
  try {
    return { manifest: await read() };
  } catch (error) {
    if (error instanceof DvrError && error.code.startsWith('tape-')) return { fault: error.message };
    throw error;
  }
}

/** What the manifest says, else when the file was written. */
function writtenAt(manifest: Manifest | undefined, fileTime: number): number {
  return manifest === undefined ? fileTime : Date.parse(manifest.written);
}

function newestFirst(tapes: readonly ListedTape[]): ListedTape[] {
  return tapes.toSorted((a, b) => b.writtenAt - a.writtenAt);
}

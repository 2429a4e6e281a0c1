import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DvrError, type ErrorCode } from '../../errors/index.ts';
import { damaged, tooLarge } from '../../tape/codec/faults.ts';
import { limits } from '../../tape/codec/limits.ts';
import { parseManifest } from '../../tape/codec/manifest-codec.ts';
import type { Manifest } from '../../tape/manifest.ts';
import { openTape } from '../../tape/reader.ts';
import type { TapeId } from '../../tape/tape-id.ts';
import { FilePartSink } from '../../vault/filesystem/part-sink.ts';
import { FolderPartSource } from '../../vault/filesystem/part-source.ts';
import type { VaultReader } from '../../vault/port.ts';
import { environmentName, environmentOf } from '../environment/replay-environment.ts';
import { localFolder } from '../local-tapes.ts';
import { fetchPart } from './fetch-part.ts';
import { localFault } from './local-fault.ts';
import { claimStaging, leaveStaging, removeStaging, settleStaging } from './staging.ts';
import { untilAborted } from './until-aborted.ts';

export interface FetchOptions {
  readonly vault: VaultReader;
  readonly id: TapeId;
  /** The folder of all fetched tapes. */
  readonly tapes: string;
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
  /** Told where parts wait for the next fetch, when this one fails. */
  readonly onLeft?: (folder: string) => void;
}

export interface FetchedTape {
  readonly folder: string;
  readonly manifest: Manifest;
}

/**
 * Brings a tape into the folder of tapes: every part held to its size and SHA-256, the index opened, the manifest
 * written last. A tape that was never here appears at once or not at all; one that is here is mended part by part.
 * @throws `tape-not-found`, `tape-damaged` and its kin naming the part, what the vault throws, and `output-failed`.
 */
export async function fetchTape(options: FetchOptions): Promise<FetchedTape> {
  const { vault, id, tapes, signal } = options;
  const namespace = await vault.locate(id);
  if (namespace === undefined) {
    throw new DvrError('tape-not-found', `the vault has no tape ${id}`, {
      where: `ids/${id}`,
      hint: 'Look at the id and at --vault; `dvr-cli tapes` lists what is there.',
    });
  }
  const bytes = await readManifestBytes(await vault.read(namespace, id, 'manifest.json'), signal);
  const manifest = parseManifest(bytes);
  if (manifest.id !== id || manifest.namespace !== namespace) {
    throw damaged('manifest.json', `it is of ${manifest.namespace}/${manifest.id}`);
  }
  const folder = localFolder(tapes, id);
  const here = await stat(folder).catch(() => undefined);
  if (here !== undefined) {
    await fill(folder, namespace, manifest, bytes, options);
    return { folder, manifest };
  }
  const staging = await claimStaging(tapes, id);
  try {
    await fill(staging, namespace, manifest, bytes, options);
    await settleStaging(staging, folder);
  } catch (error) {
    if (isDamage(error)) await removeStaging(staging);
    else if (await leaveStaging(staging)) options.onLeft?.(staging);
    throw error;
  }
  return { folder, manifest };
}

/** Whether the tape itself is at fault, so that no further fetch of it goes on with what came. */
function isDamage(error: unknown): boolean {
  return error instanceof DvrError && damages.has(error.code);
}

const damages: ReadonlySet<ErrorCode> = new Set([
  'tape-damaged',
  'tape-foreign',
  'tape-too-new',
  'tape-too-large',
]);

async function fill(
  folder: string,
  namespace: string,
  manifest: Manifest,
  manifestBytes: Uint8Array,
  { vault, id, signal, onProgress }: FetchOptions,
): Promise<void> {
  const total = manifest.parts.reduce((sum, { bytes }) => sum + bytes, 0);
  let done = 0;
  const onBytes = (count: number): void => {
    done += count;
    onProgress(done, total);
  };
  for (const entry of manifest.parts) {
    await fetchPart(entry, { vault, namespace, id, folder, signal, onBytes });
  }
  await using _opened = await openTape(new FolderPartSource(folder), manifest);
  const environment = Buffer.from(`${JSON.stringify(environmentOf(manifest), null, 2)}\n`);
  if ((await stat(join(folder, environmentName)).catch(() => undefined)) === undefined) {
    await writeFile(folder, environmentName, environment);
  }
  await writeFile(folder, 'manifest.json', manifestBytes);
}

async function writeFile(folder: string, name: string, content: Uint8Array): Promise<void> {
  const sink = await FilePartSink.open(name, join(folder, name), localFault);
  try {
    await sink.write(content);
    await sink.close();
  } catch (error) {
    await sink.abort();
    throw error;
  }
}

async function readManifestBytes(source: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of untilAborted(source, signal)) {
    bytes += chunk.length;
    if (bytes > limits.manifestBytes) throw tooLarge('manifest.json', 'bytes', bytes, limits.manifestBytes);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

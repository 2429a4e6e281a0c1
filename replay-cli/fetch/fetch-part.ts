import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { damaged } from '../../tape/codec/faults.ts';
import type { PartEntry } from '../../tape/manifest.ts';
import type { TapeId } from '../../tape/tape-id.ts';
import { FilePartSink } from '../../vault/filesystem/part-sink.ts';
import type { VaultReader } from '../../vault/port.ts';
import { localFault } from './local-fault.ts';
import { untilAborted } from './until-aborted.ts';

/** Where parts come from, where they go, and who hears of it. */
export interface PartFetch {
  readonly vault: VaultReader;
  readonly namespace: string;
  readonly id: TapeId;
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Called with the bytes of each chunk that is done. */
  readonly onBytes: (count: number) => void;
}

/**
 * Brings one part into the folder, unless it is there and whole. It gets its name only once size and SHA-256 are those
 * of the manifest. Throws `tape-damaged`, naming the part.
 */
export async function fetchPart(entry: PartEntry, fetch: PartFetch): Promise<void> {
  const file = join(fetch.folder, entry.path);
  if (await isWhole(file, entry)) {
    fetch.onBytes(entry.bytes);
    return;
  }
  const sink = await FilePartSink.open(entry.path, file, localFault);
  try {
    const digest = createHash('sha256');
    let bytes = 0;
    const source = await fetch.vault.read(fetch.namespace, fetch.id, entry.path);
    for await (const chunk of untilAborted(source, fetch.signal)) {
      bytes += chunk.length;
      if (bytes > entry.bytes) throw damaged(entry.path, `it has more than its ${entry.bytes} bytes`);
      digest.update(chunk);
      await sink.write(chunk);
      fetch.onBytes(chunk.length);
    }
    if (bytes < entry.bytes) throw damaged(entry.path, `it has ${bytes} bytes of ${entry.bytes}`);
    if (digest.digest('hex') !== entry.sha256) throw damaged(entry.path, 'its SHA-256 is another');
    await sink.close();
  } catch (error) {
    await sink.abort();
    throw error;
  }
}

async function isWhole(file: string, entry: PartEntry): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile() !== true || found.size !== entry.bytes) return false;
  const digest = createHash('sha256');
  for await (const chunk of createReadStream(file)) digest.update(chunk);
  return digest.digest('hex') === entry.sha256;
}

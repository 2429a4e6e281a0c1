import type { PartSink } from '../tape/parts.ts';
import type { TapeId } from '../tape/tape-id.ts';

/** What a committer sees of the vault: it writes, and reads nothing back. */
export interface VaultWriter {
  /**
   * Finds before the first tape what stands in its way: a folder that cannot be written, a bucket without region or
   * credentials. Whether a bucket takes objects only a tape shows. Throws `url-invalid`, `not-allowed` or
   * `vault-out-of-reach`.
   */
  check(): Promise<void>;
  /** Begins a part at `<namespace>/<tape-id>/<path>`; memory is bounded whatever its size. */
  openPart(namespace: string, id: TapeId, path: string, signal?: AbortSignal): Promise<PartSink>;
  /** Writes `ids/<tape-id>`, which names the namespace. Repeating it is harmless. */
  nameTape(namespace: string, id: TapeId, signal?: AbortSignal): Promise<void>;
  /**
   * Writes the manifest if there is none yet, atomically. Where the answer of a call was lost, the next one tells
   * `already_there` of its own manifest.
   */
  publish(
    namespace: string,
    id: TapeId,
    manifest: Uint8Array,
    signal?: AbortSignal,
  ): Promise<'published' | 'already_there'>;
  close(): Promise<void>;
}

export interface TapeListing {
  readonly namespace: string;
  readonly id: TapeId;
  /** When the manifest was written, milliseconds since the epoch. */
  readonly writtenAt: number;
}

/** What a developer sees of the vault: finished tapes. */
export interface VaultReader {
  /** The tapes that have a manifest, newest first. */
  list(namespace?: string): AsyncIterable<TapeListing>;
  /** The namespace of a tape; `undefined` where the vault has no such tape. */
  locate(id: TapeId): Promise<string | undefined>;
  /**
   * One part (or `manifest.json`) from its beginning. Throws `tape-damaged` where it is missing, `tape-not-found` where
   * that is the manifest.
   */
  read(namespace: string, id: TapeId, path: string): Promise<AsyncIterable<Uint8Array>>;
  close(): Promise<void>;
}

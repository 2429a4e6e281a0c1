import type { CommitRequestEntry } from '../port.ts';

/** Bytes in a buffer of their own: a message would carry the whole pool that a small Buffer is cut from. */
export function ownCopy(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes);
}

export function ownRequest({ entryId, takenAt, sealed }: CommitRequestEntry): CommitRequestEntry {
  return { entryId, takenAt, sealed: ownCopy(sealed) };
}

import { DvrError } from '../errors/index.ts';

/**
 * A sealed batch, format 1, all numbers big-endian:
 *
 * | at | bytes | what |
 * |-|-|-|
 * | 0 | 4 | `DVRB` |
 * | 4 | 1 | format |
 * | 5 | 8 | id of the committers' key |
 * | 13 | 32 | ephemeral X25519 public key of this minute |
 * | 45 | 8 | instance |
 * | 53 | 8 | sequence, from 1 in an instance |
 * | 61 | 48 | data key, wrapped, with its tag |
 * | 109 | … | batch, encrypted under the data key, with its tag |
 *
 * Associated data of both is the first 61 bytes and the stream's name.
 */
export const batchEnvelope = {
  format: 1,
  magic: Buffer.from('DVRB'),
  keyIdAt: 5,
  ephemeralAt: 13,
  instanceAt: 45,
  sequenceAt: 53,
  wrapAt: 61,
  bodyAt: 109,
  purpose: 'dvr batch 1',
  /** Domains of the nonces. */
  wrapDomain: 1,
  bodyDomain: 2,
} as const;

/** What an envelope says of itself. To be believed only once the batch was opened. */
export interface BatchLabel {
  /** 16 hex digits. */
  readonly instance: string;
  readonly sequence: number;
}

/** Reads the label of a sealed batch. Throws `sealed-unreadable` where this is none, or one of another format. */
export function readBatchLabel(sealed: Uint8Array): BatchLabel {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  if (bytes.length < batchEnvelope.bodyAt || !bytes.subarray(0, 4).equals(batchEnvelope.magic)) {
    throw unreadable('these bytes are no sealed batch');
  }
  const format = bytes[4];
  if (format !== batchEnvelope.format) {
    throw unreadable(
      `this batch is sealed in format ${format}; this program reads ${batchEnvelope.format}`,
      'Run interceptors and committers of the same release.',
    );
  }
  const sequence = bytes.readBigUInt64BE(batchEnvelope.sequenceAt);
  if (sequence === 0n || sequence > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw unreadable('the sealed batch has an impossible sequence number');
  }
  const instance = bytes.toString('hex', batchEnvelope.instanceAt, batchEnvelope.sequenceAt);
  return { instance, sequence: Number(sequence) };
}

export function unreadable(message: string, hint?: string): DvrError {
  return new DvrError('sealed-unreadable', message, hint === undefined ? {} : { hint });
}

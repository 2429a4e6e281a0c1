import { createSecretKey, type KeyObject } from 'node:crypto';
import { type BatchLabel, batchEnvelope, readBatchLabel, unreadable } from './batch-envelope.ts';
import { counterNonce, decrypt } from './gcm.ts';
import { recoverKey } from './key-agreement.ts';
import type { OpeningKey } from './keys.ts';

/** Minutes times pods of one window, with room to spare; 32 bytes each. */
const keptKeys = 1024;

export interface OpenedBatch extends BatchLabel {
  readonly bytes: Buffer;
}

/** Opens sealed batches with the committers' private key. */
export class BatchOpener {
  readonly #key: OpeningKey;
  readonly #wrappingKeys = new Map<string, KeyObject>();

  constructor(key: OpeningKey) {
    this.#key = key;
  }

  /**
   * Opens a batch that was read from `stream`. Throws `sealed-unreadable` where it was sealed for another key, stream
   * or sequence, or where a bit of it changed.
   */
  open(sealed: Uint8Array, stream: string): OpenedBatch {
    const label = readBatchLabel(sealed);
    const { keyIdAt, ephemeralAt, wrapAt, bodyAt, wrapDomain, bodyDomain } = batchEnvelope;
    if (!this.#key.id.equals(sealed.subarray(keyIdAt, ephemeralAt))) {
      throw unreadable(
        'this batch was sealed for another key',
        'Give the interceptors the public key that belongs to the private key of the committers.',
      );
    }
    const associated = Buffer.concat([sealed.subarray(0, wrapAt), Buffer.from(stream)]);
    try {
      const wrappingKey = this.#wrappingKey(sealed);
      const wrapNonce = counterNonce(wrapDomain, label.sequence);
      const dataKeyBytes = decrypt(wrappingKey, wrapNonce, associated, sealed.subarray(wrapAt, bodyAt));
      const dataKey = createSecretKey(dataKeyBytes);
      dataKeyBytes.fill(0);
      const nonce = counterNonce(bodyDomain, label.sequence);
      return { ...label, bytes: decrypt(dataKey, nonce, associated, sealed.subarray(bodyAt)) };
    } catch {
      // What the cipher says of the reason is no help to anyone but an attacker.
      throw unreadable('this batch does not open: it was changed, or moved from another stream');
    }
  }

  #wrappingKey(sealed: Uint8Array): KeyObject {
    const ephemeral = sealed.subarray(batchEnvelope.ephemeralAt, batchEnvelope.instanceAt);
    const name = Buffer.from(ephemeral).toString('latin1');
    const known = this.#wrappingKeys.get(name);
    if (known !== undefined) return known;
    const key = recoverKey(this.#key, ephemeral, batchEnvelope.purpose);
    if (this.#wrappingKeys.size >= keptKeys) {
      const oldest = this.#wrappingKeys.keys().next();
      if (!oldest.done) this.#wrappingKeys.delete(oldest.value);
    }
    this.#wrappingKeys.set(name, key);
    return key;
  }
}

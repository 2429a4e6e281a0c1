import { randomBytes } from 'node:crypto';
import { unreadable } from './batch-envelope.ts';
import { decrypt, encrypt } from './gcm.ts';
import { agreeWith, recoverKey } from './key-agreement.ts';
import type { OpeningKey, SealingKey } from './keys.ts';

/**
 * A single sealed message, format 1: `DVRM` (4), format (1), id of the key (8), ephemeral public key (32), nonce (12),
 * cipher text with its tag. Associated data is all before the cipher text, and the name of the place it is meant for.
 */
const magic = Buffer.from('DVRM');
const format = 1;
const keyIdAt = 5;
const ephemeralAt = 13;
const nonceAt = 45;
const textAt = 57;
const purpose = 'dvr message 1';

/** Seals one message (a commit request) for the committers; it opens nowhere but at `place`, the ledger's key. */
export function sealMessage(message: Uint8Array, place: string, recipient: SealingKey): Buffer {
  const agreed = agreeWith(recipient, purpose);
  const nonce = randomBytes(12);
  const head = Buffer.concat([magic, Buffer.of(format), recipient.id, agreed.ephemeral, nonce]);
  const associated = Buffer.concat([head, Buffer.from(place)]);
  return Buffer.concat([head, ...encrypt(agreed.key, nonce, associated, [message])]);
}

/** Whether bytes have the form of a message that was sealed for another key. */
export function isForAnotherKey(sealed: Uint8Array, key: OpeningKey): boolean {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  const hasForm = bytes.length >= textAt && bytes.subarray(0, 4).equals(magic) && bytes[4] === format;
  return hasForm && !key.id.equals(bytes.subarray(keyIdAt, ephemeralAt));
}

/** Opens a message that was found at `place`. Throws `sealed-unreadable`. */
export function openMessage(sealed: Uint8Array, place: string, key: OpeningKey): Buffer {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength);
  if (bytes.length < textAt || !bytes.subarray(0, 4).equals(magic)) {
    throw unreadable('these bytes are no sealed message');
  }
  if (bytes[4] !== format) {
    throw unreadable(
      `this message is sealed in format ${bytes[4]}; this program reads ${format}`,
      'Run interceptors and committers of the same release.',
    );
  }
  if (!key.id.equals(bytes.subarray(keyIdAt, ephemeralAt))) {
    throw unreadable(
      'this message was sealed for another key',
      'Give the interceptors the public key that belongs to the private key of the committers.',
    );
  }
  const associated = Buffer.concat([bytes.subarray(0, textAt), Buffer.from(place)]);
  try {
    const agreed = recoverKey(key, bytes.subarray(ephemeralAt, nonceAt), purpose);
    return decrypt(agreed, bytes.subarray(nonceAt, textAt), associated, bytes.subarray(textAt));
  } catch {
    throw unreadable('this message does not open: it was changed, or meant for another place');
  }
}

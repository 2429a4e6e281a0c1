import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';

/** AES-256-GCM (NIST SP 800-38D) with a 12-byte nonce and the full 16-byte tag. */
const algorithm = 'aes-256-gcm';
const tagLength = 16;

/** Encrypts `parts` as one text. The result is the cipher text in pieces, with the tag last. */
export function encrypt(
  key: KeyObject,
  nonce: Uint8Array,
  associated: Uint8Array,
  parts: readonly Uint8Array[],
): Buffer[] {
  const cipher = createCipheriv(algorithm, key, nonce);
  cipher.setAAD(associated);
  const pieces: Buffer[] = [];
  for (const part of parts) pieces.push(cipher.update(part));
  cipher.final();
  pieces.push(cipher.getAuthTag());
  return pieces;
}

/** Decrypts cipher text with its tag at the end. Throws where one bit of text, tag, nonce or associated data differs. */
export function decrypt(
  key: KeyObject,
  nonce: Uint8Array,
  associated: Uint8Array,
  sealed: Uint8Array,
): Buffer {
  const end = sealed.length - tagLength;
  if (end < 0) throw new RangeError('shorter than its tag');
  const decipher = createDecipheriv(algorithm, key, nonce, { authTagLength: tagLength });
  decipher.setAAD(associated);
  decipher.setAuthTag(sealed.subarray(end));
  const text = decipher.update(sealed.subarray(0, end));
  decipher.final();
  return text;
}

/**
 * A nonce that is never used twice under one key: `domain` tells what is encrypted, `counter` which one. Whoever
 * calls holds the key alone and counts upwards.
 */
export function counterNonce(domain: number, counter: number): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt32BE(domain, 0);
  nonce.writeBigUInt64BE(BigInt(counter), 4);
  return nonce;
}

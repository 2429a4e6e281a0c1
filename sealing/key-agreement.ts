import { createSecretKey, diffieHellman, generateKeyPairSync, hkdfSync, type KeyObject } from 'node:crypto';
import { type OpeningKey, publicKeyFromRaw, rawPublicKey, type SealingKey } from './keys.ts';

/** A symmetric key that only the recipient can find again, from the public half that travels with it. */
export interface AgreedKey {
  readonly key: KeyObject;
  /** The 32 bytes of the ephemeral public key. */
  readonly ephemeral: Buffer;
}

/**
 * Agrees on an AES-256 key with a recipient who is not there: ephemeral X25519 (RFC 7748), HKDF-SHA-256 (RFC 5869)
 * over the shared secret, salted with both public keys and bound to `purpose`.
 */
export function agreeWith(recipient: SealingKey, purpose: string): AgreedKey {
  const pair = generateKeyPairSync('x25519');
  const ephemeral = rawPublicKey(pair.publicKey);
  const shared = diffieHellman({ privateKey: pair.privateKey, publicKey: recipient.publicKey });
  return { key: derive(shared, ephemeral, recipient.raw, purpose), ephemeral };
}

/** Finds the key again. Throws where `ephemeral` is no usable point. */
export function recoverKey(recipient: OpeningKey, ephemeral: Uint8Array, purpose: string): KeyObject {
  const publicKey = publicKeyFromRaw(ephemeral);
  const shared = diffieHellman({ privateKey: recipient.privateKey, publicKey });
  return derive(shared, ephemeral, recipient.raw, purpose);
}

function derive(shared: Buffer, ephemeral: Uint8Array, recipient: Uint8Array, purpose: string): KeyObject {
  const salt = Buffer.concat([ephemeral, recipient]);
  const bytes = Buffer.from(hkdfSync('sha256', shared, salt, purpose, 32));
  const key = createSecretKey(bytes);
  bytes.fill(0);
  shared.fill(0);
  return key;
}

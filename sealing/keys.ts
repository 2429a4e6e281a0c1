import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';
import { DvrError } from '../errors/index.ts';

/** What an interceptor holds: it can seal for the committers and open nothing. */
export interface SealingKey {
  readonly publicKey: KeyObject;
  /** The 32 bytes of the X25519 public key (RFC 7748). */
  readonly raw: Buffer;
  /** First 8 bytes of the SHA-256 of `raw`: says for whom an envelope was sealed. */
  readonly id: Buffer;
}

/** What a committer holds: it opens what was sealed for it. */
export interface OpeningKey extends SealingKey {
  readonly privateKey: KeyObject;
}

/** Both halves of a new X25519 key pair as PEM (SPKI and PKCS #8). */
export interface KeyPairPem {
  readonly publicPem: string;
  readonly privatePem: string;
}

const pemHint = 'Make a pair with: dvr-cli keys create --out DIR';

export function generateKeyPair(): KeyPairPem {
  const pair = generateKeyPairSync('x25519');
  return {
    publicPem: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privatePem: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

/** Parses a public key's PEM. Throws `key-invalid`; `where` names the file. */
export function parseSealingKey(pem: string, where: string): SealingKey {
  if (pem.includes('PRIVATE KEY')) {
    throw new DvrError('key-invalid', 'this is a private key; a public key belongs here', {
      where,
      hint: 'Give the .pub file of the pair, and keep the private key with the committers.',
    });
  }
  return sealingKey(parse(() => createPublicKey(pem), 'public', where));
}

/** Parses a private key's PEM. Throws `key-invalid`; `where` names the file. */
export function parseOpeningKey(pem: string, where: string): OpeningKey {
  const privateKey = parse(() => createPrivateKey(pem), 'private', where);
  return { ...sealingKey(createPublicKey(privateKey)), privateKey };
}

/**
 * A key of the committers for one purpose of their own, the same in all that hold the same private key
 * (HKDF-SHA-256, RFC 5869): 32 bytes.
 */
export function purposeKey(key: OpeningKey, purpose: string): Buffer {
  const secret = key.privateKey.export({ type: 'pkcs8', format: 'der' });
  return Buffer.from(hkdfSync('sha256', secret, key.raw, `dvr purpose 1\n${purpose}`, 32));
}

function sealingKey(publicKey: KeyObject): SealingKey {
  const raw = rawPublicKey(publicKey);
  return { publicKey, raw, id: createHash('sha256').update(raw).digest().subarray(0, 8) };
}

function parse(read: () => KeyObject, half: string, where: string): KeyObject {
  let key: KeyObject;
  try {
    key = read();
  } catch {
    throw new DvrError('key-invalid', `this is no PEM of a ${half} key`, { where, hint: pemHint });
  }
  if (key.asymmetricKeyType !== 'x25519') {
    const type = key.asymmetricKeyType ?? key.type;
    throw new DvrError('key-invalid', `the ${half} key is of type ${type}; X25519 is needed`, {
      where,
      hint: pemHint,
    });
  }
  return key;
}

// An X25519 SubjectPublicKeyInfo is this prefix and the 32 bytes (RFC 8410 section 4).
const spkiPrefix = Buffer.from('302a300506032b656e032100', 'hex');

export function rawPublicKey(key: KeyObject): Buffer {
  return key.export({ type: 'spki', format: 'der' }).subarray(spkiPrefix.length);
}

export function publicKeyFromRaw(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([spkiPrefix, raw]), type: 'spki', format: 'der' });
}

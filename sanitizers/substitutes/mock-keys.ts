import {
  constants,
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';

type Family = 'HS' | 'RS' | 'ES256' | 'ES384' | 'ES512' | 'ES256K' | 'Ed25519' | 'Ed448';

const curves = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521', ES256K: 'secp256k1' } as const;

/**
 * The tape's own signing keys, one a family of algorithms, made when the first token of that family is met. They sign
 * nothing but the mock tokens of this tape, and are written on it.
 */
export class MockKeys {
  readonly #secrets = new Map<Family, KeyObject | Buffer>();

  /** The JWS signature over `input` (RFC 7518 section 3), or `undefined` for an algorithm that is not known. */
  sign(algorithm: string, input: string, signatureBytes: number): Buffer | undefined {
    const family = familyOf(algorithm, signatureBytes);
    if (family === undefined) return undefined;
    const key = this.#key(family);
    const hash = `sha${algorithm.slice(2, 5)}`;
    if (Buffer.isBuffer(key)) return createHmac(hash, key).update(input).digest();
    const data = Buffer.from(input);
    if (algorithm.startsWith('Ed')) return sign(null, data, key);
    if (algorithm.startsWith('ES')) return sign(hash, data, { key, dsaEncoding: 'ieee-p1363' });
    if (algorithm.startsWith('PS')) {
      const padding = {
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
      };
      return sign(hash, data, { key, ...padding });
    }
    return sign(hash, data, key);
  }

  /** The public half of the key that signs tokens of this algorithm, as a JWK; for a symmetric one there is none. */
  publicJwk(algorithm: string, signatureBytes: number): Record<string, unknown> | undefined {
    const family = familyOf(algorithm, signatureBytes);
    if (family === undefined || family === 'HS') return undefined;
    const key = this.#key(family);
    return Buffer.isBuffer(key) ? undefined : createPublicKey(key).export({ format: 'jwk' });
  }

  /** All keys that signed something, with their private parts. */
  get jwks(): readonly Readonly<Record<string, string>>[] {
    return [...this.#secrets].map(([family, key]) => {
      const members = Buffer.isBuffer(key)
        ? { kty: 'oct', k: key.toString('base64url') }
        : key.export({ format: 'jwk' });
      const jwk: Record<string, string> = { kid: `dvr-${family.toLowerCase()}` };
      for (const [name, value] of Object.entries(members)) if (typeof value === 'string') jwk[name] = value;
      return jwk;
    });
  }

  #key(family: Family): KeyObject | Buffer {
    const known = this.#secrets.get(family);
    if (known !== undefined) return known;
    const made = generate(family);
    this.#secrets.set(family, made);
    return made;
  }
}

function familyOf(algorithm: string, signatureBytes: number): Family | undefined {
  if (/^HS(256|384|512)$/.test(algorithm)) return 'HS';
  if (/^[RP]S(256|384|512)$/.test(algorithm)) return 'RS';
  if (algorithm === 'EdDSA') return signatureBytes === 114 ? 'Ed448' : 'Ed25519';
  if (algorithm === 'Ed25519' || algorithm === 'Ed448') return algorithm;
  if (algorithm === 'ES256' || algorithm === 'ES384' || algorithm === 'ES512' || algorithm === 'ES256K') {
    return algorithm;
  }
  return undefined;
}

function generate(family: Family): KeyObject | Buffer {
  if (family === 'HS') return randomBytes(64);
  if (family === 'RS') return generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  if (family === 'Ed25519') return generateKeyPairSync('ed25519').privateKey;
  if (family === 'Ed448') return generateKeyPairSync('ed448').privateKey;
  return generateKeyPairSync('ec', { namedCurve: curves[family] }).privateKey;
}

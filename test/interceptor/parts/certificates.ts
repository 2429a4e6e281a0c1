import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A certificate of a test's own, with its key, PEM both. */
export interface MadeCertificate {
  readonly cert: string;
  readonly key: string;
  readonly signer: { readonly name: Buffer; readonly key: KeyObject };
}

export interface Wanted {
  /** The common name; also the DNS name, unless it is an authority. */
  readonly name: string;
  readonly authority?: boolean;
  /** By default it vouches for itself. */
  readonly by?: MadeCertificate;
  /** Milliseconds since the epoch. */
  readonly expires?: number;
}

/** Makes an X.509 certificate (RFC 5280 section 4.1) with a P-256 key: nothing on a disk expires. */
export function makeCertificate({ name, authority = false, by, expires = Date.now() + 3_600_000 }: Wanted) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const own = { name: distinguished(name), key: privateKey };
  const signer = by?.signer ?? own;
  const algorithm = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
  const tbs = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    signer.name,
    sequence(time(Date.now() - 86_400_000), time(expires)),
    own.name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(basicConstraints(authority), alternativeName(name))),
  );
  const signature = sign('sha256', tbs, signer.key);
  const whole = sequence(tbs, algorithm, der(0x03, Buffer.from([0]), signature));
  const made: MadeCertificate = {
    cert: pem('CERTIFICATE', whole),
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    signer: own,
  };
  return made;
}

/** Puts a certificate on the disk; both paths. */
export function writeCertificate(folder: string, stem: string, made: MadeCertificate) {
  const files = { cert: join(folder, `${stem}.crt`), key: join(folder, `${stem}.key`) };
  writeFileSync(files.cert, made.cert);
  writeFileSync(files.key, made.key);
  return files;
}

function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: readonly Uint8Array[]): Buffer => der(0x30, ...parts);
const integer = (bytes: Uint8Array): Buffer => der(0x02, bytes);
const oid = (...bytes: readonly number[]): Buffer => der(0x06, Buffer.from(bytes));

function distinguished(name: string): Buffer {
  return sequence(der(0x31, sequence(oid(0x55, 0x04, 0x03), der(0x0c, Buffer.from(name)))));
}

/** GeneralizedTime is right for any year that Node reads. */
function time(at: number): Buffer {
  const digits = new Date(at).toISOString().replace(/[-:T]|\.\d+/g, '');
  return der(0x18, Buffer.from(digits));
}

function basicConstraints(authority: boolean): Buffer {
  const value = authority ? sequence(der(0x01, Buffer.from([0xff]))) : sequence();
  return sequence(oid(0x55, 0x1d, 0x13), der(0x01, Buffer.from([0xff])), der(0x04, value));
}

function alternativeName(name: string): Buffer {
  return sequence(oid(0x55, 0x1d, 0x11), der(0x04, sequence(der(0x82, Buffer.from(name)))));
}

function pem(label: string, bytes: Buffer): string {
  const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

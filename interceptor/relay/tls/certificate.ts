import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContext } from 'node:tls';
import { DvrError } from '../../../errors/index.ts';

/** A certificate (with those that vouch for it, leaf first) and its key, both PEM, and where they lie. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** A certificate that is ready for use. */
export interface Certificate {
  readonly files: CertificateFiles;
  readonly pem: { readonly cert: Buffer; readonly key: Buffer };
  readonly leaf: X509Certificate;
  readonly context: SecureContext;
}

/** TLS 1.2 and 1.3: what is older is broken (RFC 8996). */
export const secureDefaults = { minVersion: 'TLSv1.2' } as const;

/** Loads a certificate for those who trust it, or whom it trusts: `ca`. Throws `certificate-invalid`, naming the file. */
export function loadCertificate(files: CertificateFiles, ca: Buffer | undefined): Certificate {
  const [cert, key] = [readPem(files.cert), readPem(files.key)];
  const leaf = parseCertificate(cert, files.cert);
  if (!leaf.checkPrivateKey(parseKey(key, files.key))) {
    throw invalid(files.key, `it is not the key of the certificate in ${files.cert}`);
  }
  try {
    return {
      files,
      pem: { cert, key },
      leaf,
      context: createSecureContext({ ...secureDefaults, cert, key, ca }),
    };
  } catch (cause) {
    throw invalid(files.cert, reason(cause), cause);
  }
}

/** Loads the certificates of authorities. Throws `certificate-invalid`, naming the file. */
export function loadAuthorities(path: string): Buffer {
  const pem = readPem(path);
  parseCertificate(pem, path);
  return pem;
}

function readPem(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw invalid(path, `it cannot be read (${codeOf(cause)})`, cause);
  }
}

function parseCertificate(pem: Buffer, path: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    const what = pem.includes('PRIVATE KEY')
      ? 'it holds a key, and no certificate'
      : 'it holds no PEM certificate';
    throw invalid(path, what, cause);
  }
}

function parseKey(pem: Buffer, path: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    const encrypted = pem.includes('ENCRYPTED');
    throw invalid(
      path,
      encrypted ? 'the key is encrypted; it is read without a passphrase' : 'it holds no PEM key',
      cause,
    );
  }
}

function invalid(path: string, what: string, cause?: unknown): DvrError {
  return new DvrError('certificate-invalid', `${path} cannot be used for TLS: ${what}`, {
    where: path,
    hint: 'Give a PEM certificate (leaf first, then those that vouch for it) and the PEM key that belongs to it.',
    cause,
  });
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown';
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

import { S3Client } from '@aws-sdk/client-s3';
import type { S3Endpoint } from '../../program/endpoint.ts';

/** Deadlines of one attempt, milliseconds: to connect, and of silence on a connection. */
const connectionTimeout = 5_000;
const socketTimeout = 15_000;
/** Attempts of one call, with growing, jittered waits between them. */
const maxAttempts = 4;

/**
 * A client of the bucket's server. Credentials come by the SDK's own chain: environment, shared files, container or
 * instance. Other servers than AWS are addressed by path and sent only the checksums that the protocol requires, since
 * many know no others.
 */
export function s3Client(endpoint: S3Endpoint): S3Client {
  const { endpoint: server, region } = endpoint;
  return new S3Client({
    maxAttempts,
    requestHandler: { connectionTimeout, socketTimeout },
    ...(region === undefined ? {} : { region }),
    ...(server === undefined
      ? {}
      : {
          endpoint: server,
          region: region ?? 'us-east-1',
          forcePathStyle: true,
          requestChecksumCalculation: 'WHEN_REQUIRED' as const,
          responseChecksumValidation: 'WHEN_REQUIRED' as const,
        }),
  });
}

/** Objects of a vault: its bucket, and its prefix before every key. */
export class Place {
  readonly bucket: string;
  readonly #prefix: string;

  constructor({ bucket, prefix }: S3Endpoint) {
    this.bucket = bucket;
    this.#prefix = prefix === '' ? '' : `${prefix}/`;
  }

  /** What a command needs to name the object `key` of the vault. */
  object(key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.bucket, Key: this.#prefix + key };
  }

  /** The object for people. */
  describe(key: string): string {
    return `s3://${this.bucket}/${this.#prefix}${key}`;
  }

  /** The key in the vault of an object's key in the bucket. */
  relative(key: string): string {
    return key.slice(this.#prefix.length);
  }
}

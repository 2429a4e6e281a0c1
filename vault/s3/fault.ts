import { DvrError } from '../../errors/index.ts';

const refused = new Set([
  'AccessDenied',
  'CredentialsProviderError',
  'ExpiredToken',
  'InvalidAccessKeyId',
  'InvalidToken',
  'SignatureDoesNotMatch',
]);

/** 2026-11-21, @aws-sdk/client-s3 3.1169: how a client without a region says so, in an `Error` without code or name. */
const noRegion = 'Region is missing';

/** The HTTP status of an answer that the SDK threw; 0 where there was none. */
export function statusOf(error: unknown): number {
  if (!(error instanceof Error) || !('$metadata' in error)) return 0;
  const metadata = error.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return 0;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : 0;
}

/** Whether an object, not its bucket, is missing. */
export function isMissing(error: unknown): boolean {
  return statusOf(error) === 404 && nameOf(error) !== 'NoSuchBucket';
}

/** What the user is told of a call of S3 that failed for good. `path` is the object, or the prefix that was listed. */
export function s3Fault(operation: string, path: string, cause: unknown): DvrError {
  if (cause instanceof DvrError) return cause;
  if (cause instanceof Error && cause.message === noRegion) {
    const hint = 'Give ?region=… in the URL of the vault, or set AWS_REGION.';
    return new DvrError('url-invalid', `the vault cannot ${operation} ${path}: no region is known`, {
      where: path,
      hint,
      cause,
    });
  }
  const name = nameOf(cause);
  const status = statusOf(cause);
  const message = `the vault refuses to ${operation} ${path}: ${name}`;
  if (refused.has(name) || status === 401 || status === 403) {
    const hint =
      'Check the credentials (AWS_ACCESS_KEY_ID, AWS_PROFILE, …) and that they may do this in the bucket; where ' +
      'listing is not allowed, a missing object looks the same.';
    return new DvrError('not-allowed', message, { where: path, hint, cause });
  }
  if (name === 'NoSuchBucket') {
    const hint = 'Make the bucket, or name another in the URL of the vault.';
    return new DvrError('vault-out-of-reach', message, { where: path, hint, cause });
  }
  return new DvrError('vault-out-of-reach', `the vault cannot ${operation} ${path}: ${name}`, {
    where: path,
    hint: 'Check endpoint and region in the URL of the vault, and that its server answers.',
    cause,
  });
}

function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  if ('code' in error && typeof error.code === 'string') return error.code;
  // A plain Error comes of the SDK's own set-up, never of an answer.
  return error.name === 'Error' ? error.message.slice(0, 200) : error.name;
}

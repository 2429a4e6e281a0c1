import { DvrError } from '../errors/index.ts';
import type { VaultEndpoint } from '../program/endpoint.ts';
import type { VaultReader, VaultWriter } from './port.ts';

/** Opens a vault for a committer. Only the backend that is named is loaded. */
export async function openVaultWriter(endpoint: VaultEndpoint): Promise<VaultWriter> {
  if (endpoint.kind === 'file') {
    const { FilesystemVaultWriter } = await import('./filesystem/vault-writer.ts');
    return new FilesystemVaultWriter(endpoint.path);
  }
  if (endpoint.kind === 's3') {
    const { S3VaultWriter } = await import('./s3/vault-writer.ts');
    return new S3VaultWriter(endpoint);
  }
  throw noClusterVault();
}

/** Opens a vault for a developer. */
export async function openVaultReader(endpoint: VaultEndpoint): Promise<VaultReader> {
  if (endpoint.kind === 'file') {
    const { FilesystemVaultReader } = await import('./filesystem/vault-reader.ts');
    return new FilesystemVaultReader(endpoint.path);
  }
  if (endpoint.kind === 's3') {
    const { S3VaultReader } = await import('./s3/vault-reader.ts');
    return new S3VaultReader(endpoint);
  }
  throw noClusterVault();
}

function noClusterVault(): DvrError {
  return new DvrError('url-invalid', 'this version has no vault behind a Kubernetes API', {
    where: 'cluster://',
    hint: 'Name the vault itself: file:///PATH or s3://BUCKET/PREFIX.',
  });
}

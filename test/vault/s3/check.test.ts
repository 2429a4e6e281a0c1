import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { parseVaultUrl } from '../../../program/endpoint.ts';
import { openVaultReader, openVaultWriter } from '../../../vault/open-vault.ts';

const nowhere = '/nowhere/dvr';

describe('a bucket of AWS, before the first tape', () => {
  beforeEach(() => {
    for (const name of ['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_PROFILE', 'AWS_ACCESS_KEY_ID']) {
      vi.stubEnv(name, undefined);
    }
    vi.stubEnv('AWS_CONFIG_FILE', nowhere);
    vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', nowhere);
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  });
  afterEach(() => vi.unstubAllEnvs());

  const noRegion = {
    code: 'url-invalid',
    message: expect.stringContaining('no region is known'),
    hint: 'Give ?region=… in the URL of the vault, or set AWS_REGION.',
  };

  test('is found to have no region, by who writes and who reads', async () => {
    const url = parseVaultUrl('s3://tapes/qa', '--vault');
    await expect((await openVaultWriter(url)).check()).rejects.toMatchObject(noRegion);
    const listing = (await openVaultReader(url)).list()[Symbol.asyncIterator]();
    await expect(listing.next()).rejects.toMatchObject(noRegion);
  });

  test('is found to come without credentials, and well with both', async () => {
    const vault = await openVaultWriter(parseVaultUrl('s3://tapes/qa?region=eu-central-1', '--vault'));
    await expect(vault.check()).rejects.toMatchObject({ code: 'not-allowed' });
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'id');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    const other = await openVaultWriter(parseVaultUrl('s3://tapes/qa?region=eu-central-1', '--vault'));
    await expect(other.check()).resolves.toBeUndefined();
  });
});

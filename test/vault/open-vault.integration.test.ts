import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openVaultReader, openVaultWriter } from '../../vault/open-vault.ts';

const script = `
  import { registerHooks } from 'node:module';
  const loaded = new Set();
  registerHooks({ load(url, context, next) {
    for (const [, name] of url.matchAll(/node_modules\\/((?:@[^/]+\\/)?[^/]+)/g)) loaded.add(name);
    return next(url, context);
  } });
  const { openVaultReader } = await import(process.argv[1]);
  const vault = await openVaultReader(JSON.parse(process.argv[2]));
  await vault.close();
  console.log([...loaded].filter((name) => name.startsWith('@aws-sdk')).length);
`;

function sdkModulesLoaded(endpoint: object): number {
  const module = join(import.meta.dirname, '../../vault/open-vault.ts');
  const args = ['--input-type=module', '--eval', script, module, JSON.stringify(endpoint)];
  return Number(spawnSync(process.execPath, args, { encoding: 'utf8' }).stdout);
}

test('the AWS SDK is loaded for a bucket and for nothing else', () => {
  expect(sdkModulesLoaded({ kind: 'file', path: '/nonexistent' })).toBe(0);
  expect(sdkModulesLoaded({ kind: 's3', bucket: 'b', prefix: '' })).toBeGreaterThan(0);
});

test('a vault behind a Kubernetes API is refused with what to name instead', async () => {
  for (const open of [openVaultReader, openVaultWriter]) {
    await expect(open({ kind: 'cluster', context: undefined })).rejects.toMatchObject({
      code: 'url-invalid',
    });
  }
});

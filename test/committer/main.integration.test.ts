import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createKeyFiles } from '../../sealing/index.ts';
import { Program } from './program.ts';
import { tunnelYaml } from './world.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dvr-committer-'));
  await writeFile(join(folder, 'tunnel.yaml'), tunnelYaml('', '300ms', '1s'));
});
afterEach(() => rm(folder, { recursive: true }));

async function start(vault: string, env: Readonly<Record<string, string>> = {}): Promise<Program> {
  const { privateFile } = await createKeyFiles(folder);
  return new Program(
    'dvr-committer',
    [
      ...['--config', join(folder, 'tunnel.yaml'), '--ledger', 'redis://127.0.0.1:1'],
      ...['--vault', vault, '--private-key', privateFile],
    ],
    { AWS_EC2_METADATA_DISABLED: 'true', ...env },
  );
}

describe('a committer', () => {
  test('ends at its start where the bucket has no region', async () => {
    await using committer = await start('s3://tapes');
    await committer.says(/no region is known/);
    expect(await committer.ended).toBe(2);
    expect(committer.log).not.toContain('committing from');
  });

  test('tells at its start that the vault cannot be written, and goes on', async () => {
    await writeFile(join(folder, 'file'), '');
    await using committer = await start(`file://${folder}/file`);
    await committer.says(/the vault cannot be written just now/);
    expect(committer.log).toContain(`cannot write ${folder}/file`);
    await committer.says(/committing from/);
  });
});

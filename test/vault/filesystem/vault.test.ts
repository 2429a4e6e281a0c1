import { mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { parseTapeId } from '../../../tape/tape-id.ts';
import { vaultFault } from '../../../vault/filesystem/fault.ts';
import { FilesystemVaultReader } from '../../../vault/filesystem/vault-reader.ts';
import { FilesystemVaultWriter } from '../../../vault/filesystem/vault-writer.ts';

const id = parseTapeId('tape-id-7889A-crash')!;
let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'dvr-vault-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

test('files and folders are their owner’s alone, and nothing temporary stays', async () => {
  const vault = new FilesystemVaultWriter(join(root, 'vault'));
  const sink = await vault.openPart('ns', id, 'attempt-1/bodies.zst');
  await sink.close();
  await vault.nameTape('ns', id);
  await vault.publish('ns', id, Buffer.from('{}'));
  await vault.publish('ns', id, Buffer.from('{}'));
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const modes = await Promise.all(
    entries.map(async (entry) => {
      const { mode } = await stat(join(entry.parentPath, entry.name));
      return `${entry.isDirectory() ? 'folder' : 'file'} ${(mode & 0o777).toString(8)}`;
    }),
  );
  expect(new Set(modes)).toEqual(new Set(['folder 700', 'file 600']));
  expect(entries.filter((entry) => entry.isFile()).map(({ name }) => name)).toHaveLength(3);
});

test('a check makes the folder, and leaves nothing in it', async () => {
  const folder = join(root, 'not', 'yet');
  await new FilesystemVaultWriter(folder).check();
  expect(await readdir(folder)).toEqual([]);
});

test('a part is not under its name before it is whole', async () => {
  const vault = new FilesystemVaultWriter(root);
  const sink = await vault.openPart('ns', id, 'attempt-1/bodies.zst');
  await sink.write(Buffer.from('half'));
  const reader = new FilesystemVaultReader(root);
  await expect(reader.read('ns', id, 'attempt-1/bodies.zst')).rejects.toMatchObject({ code: 'tape-damaged' });
  await sink.abort();
  expect(await readdir(join(root, 'ns', id, 'attempt-1'))).toEqual([]);
});

test('a vault whose folder is a file is out of reach, and the error names operation, path and remedy', async () => {
  const file = join(root, 'file');
  await writeFile(file, '');
  const vault = new FilesystemVaultWriter(file);
  await expect(vault.check()).rejects.toMatchObject({
    code: 'vault-out-of-reach',
    message: expect.stringContaining(file),
  });
  const opening = vault.openPart('ns', id, 'attempt-1/bodies.zst');
  await expect(opening).rejects.toMatchObject({
    code: 'vault-out-of-reach',
    message: expect.stringMatching(/cannot create .*bodies.zst: ENOTDIR/),
    hint: expect.any(String),
  });
  await expect(vault.publish('ns', id, Buffer.from('{}'))).rejects.toMatchObject({
    code: 'vault-out-of-reach',
  });
  const listing = new FilesystemVaultReader(file).list();
  await expect(listing.next()).rejects.toMatchObject({ code: 'vault-out-of-reach' });
});

test('what the system refuses is not allowed', () => {
  const refusal = Object.assign(new Error('permission denied'), { code: 'EACCES' });
  expect(vaultFault('write', '/srv/x', refusal)).toMatchObject({ code: 'not-allowed', exitCode: 4 });
});

test('a name that leads out of the vault is refused', async () => {
  await new FilesystemVaultWriter(root).nameTape('ns', id);
  await writeFile(join(root, 'ids', id), '../../etc');
  await expect(new FilesystemVaultReader(root).locate(id)).rejects.toMatchObject({
    code: 'tape-damaged',
    where: `ids/${id}`,
  });
});

test('strange things in the folder are not listed', async () => {
  await new FilesystemVaultWriter(root).publish('ns', id, Buffer.from('{}'));
  await writeFile(join(root, 'README'), '');
  await writeFile(join(root, 'ns', 'notes'), '');
  await symlink('/nowhere', join(root, 'broken'));
  const listed = [];
  for await (const tape of new FilesystemVaultReader(root).list()) listed.push(tape.id);
  expect(listed).toEqual([id]);
});

import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  createKeyFiles,
  parseOpeningKey,
  parseSealingKey,
  purposeKey,
  readOpeningKey,
  readSealingKey,
} from '../../sealing/index.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dvr-keys-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('key files', () => {
  test('are made as a pair, in a folder that is made too, the private one for its owner alone', async () => {
    const { publicFile, privateFile } = await createKeyFiles(join(folder, 'new'));
    const sealing = await readSealingKey(publicFile);
    const opening = await readOpeningKey(privateFile);
    expect(opening.raw.equals(sealing.raw)).toBe(true);
    expect((await stat(privateFile)).mode & 0o777).toBe(0o600);
  });

  test('are never overwritten', async () => {
    const { privateFile, publicFile } = await createKeyFiles(folder);
    const before = await readFile(privateFile, 'utf8');
    const refused = expect.objectContaining({ code: 'output-failed' });
    await expect(createKeyFiles(folder)).rejects.toThrow(refused);
    expect(await readFile(privateFile, 'utf8')).toBe(before);
    await rm(privateFile);
    await expect(createKeyFiles(folder)).rejects.toThrow(refused);
    await expect(stat(privateFile)).rejects.toThrow(/ENOENT/);
    expect(await readFile(publicFile, 'utf8')).toContain('PUBLIC KEY');
  });

  test('that are missing, mixed up, or of another kind are refused by name', async () => {
    const missing = join(folder, 'none.pub');
    await expect(readSealingKey(missing)).rejects.toMatchObject({ code: 'key-invalid', where: missing });
    const { privateFile } = await createKeyFiles(folder);
    await expect(readSealingKey(privateFile)).rejects.toThrow(/private key/);
    const text = join(folder, 'text');
    await writeFile(text, 'hello');
    await expect(readOpeningKey(text)).rejects.toMatchObject({ code: 'key-invalid', where: text });
    const rsa = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    expect(() => parseOpeningKey(rsa, 'x')).toThrow(/ed25519/);
  });
});

test('a purpose key is the same for equal keys and purposes, and for no others', async () => {
  const { privateFile, publicFile } = await createKeyFiles(folder);
  const pem = await readFile(privateFile, 'utf8');
  const one = purposeKey(parseOpeningKey(pem, 'a'), 'tape id');
  expect(one.equals(purposeKey(parseOpeningKey(pem, 'b'), 'tape id'))).toBe(true);
  expect(one.equals(purposeKey(parseOpeningKey(pem, 'b'), 'other'))).toBe(false);
  expect(one).toHaveLength(32);
  expect(parseSealingKey(await readFile(publicFile, 'utf8'), 'x').raw).toHaveLength(32);
});

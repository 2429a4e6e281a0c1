import { open, readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { DvrError } from '../errors/index.ts';
import { makeFolder } from '../program/make-folder.ts';
import {
  generateKeyPair,
  type OpeningKey,
  parseOpeningKey,
  parseSealingKey,
  type SealingKey,
} from './keys.ts';

export const keyFileNames = { public: 'committer.pub', private: 'committer.key' } as const;

/** Reads the committers' public key. Throws `key-invalid`. */
export async function readSealingKey(path: string): Promise<SealingKey> {
  return parseSealingKey(await readPem(path), path);
}

/** Reads the committers' private key. Throws `key-invalid`. */
export async function readOpeningKey(path: string): Promise<OpeningKey> {
  return parseOpeningKey(await readPem(path), path);
}

/**
 * Makes a key pair in `directory` (which is made where it is missing): the private key readable by its owner alone.
 * Throws `output-failed` where one of the files exists or cannot be written; a file that exists is never touched.
 */
export async function createKeyFiles(
  directory: string,
): Promise<{ readonly publicFile: string; readonly privateFile: string }> {
  const publicFile = join(directory, keyFileNames.public);
  const privateFile = join(directory, keyFileNames.private);
  const pair = generateKeyPair();
  try {
    await makeFolder(directory, 0o700);
  } catch (cause) {
    throw unwritable(directory, cause);
  }
  await writeNew(privateFile, pair.privatePem, 0o600);
  try {
    await writeNew(publicFile, pair.publicPem, 0o644);
  } catch (error) {
    await unlink(privateFile);
    throw error;
  }
  return { publicFile, privateFile };
}

async function readPem(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new DvrError('key-invalid', `the key file cannot be read (${reason(cause)})`, {
      where: path,
      hint: 'Make a pair with: dvr-cli keys create --out DIR',
      cause,
    });
  }
}

async function writeNew(path: string, text: string, mode: number): Promise<void> {
  try {
    const file = await open(path, 'wx', mode);
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (reason(cause) !== 'EEXIST') throw unwritable(path, cause);
    throw new DvrError('output-failed', 'a key file exists already and is not overwritten', {
      where: path,
      hint: 'Name another folder with --out. What was sealed for a lost key can never be opened.',
      cause,
    });
  }
}

function unwritable(path: string, cause: unknown): DvrError {
  return new DvrError('output-failed', `the key files cannot be written (${reason(cause)})`, {
    where: path,
    hint: 'Name a folder that you may write to.',
    cause,
  });
}

function reason(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}

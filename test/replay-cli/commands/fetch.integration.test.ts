import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DvrError } from '../../../errors/index.ts';
import { fetchTape } from '../../../replay-cli/fetch/fetch-tape.ts';
import { parseTapeId } from '../../../tape/tape-id.ts';
import { openTapeFolder } from '../../../vault/filesystem/tape-folder.ts';
import { openVaultReader } from '../../../vault/open-vault.ts';
import { TapeWorld } from './tape-world.ts';

const id = 'tape-id-7889A-crash';
const contract = 'Fetching payload sequence... Done.\nSanitizing local environment variables... Done.\n';

let world: TapeWorld;
beforeEach(async () => {
  world = await TapeWorld.make();
});
afterEach(() => world[Symbol.asyncDispose]());

/** A part of the tape in the vault. */
const inVault = (part: string) => join(world.vault, 'payment-services', id, part);

describe('fetch', () => {
  test('prints the two lines of the contract on stdout, and the tape opens', async () => {
    await world.commit();
    const { code, out, err } = await world.run(['fetch', id]);
    expect({ code, out }).toEqual({ code: 0, out: contract });
    expect(err).toContain('2 exchanges in 3 parts');
    await using tape = await openTapeFolder(join(world.tapes, id));
    expect((await tape.exchange(2)).request.head.target).toBe('/api/v2/checkout/process_payment');
  });

  test.each(['7889', '7889a', 'tape-id-7889', 'tape-id-7889A', id])(
    'takes %s for the tape',
    async (given) => {
      await world.commit();
      await world.commit('tape-id-78AAA-manual');
      const { code, out, err } = await world.run(['fetch', given]);
      expect({ code, out, err }).toMatchObject({ code: 0, out: contract });
      expect(await readdir(world.tapes)).toEqual([id]);
    },
  );

  test.each([
    ['78', 2, 'fits 2 tapes: '],
    ['AN9', 2, 'the vault has no tape AN9'],
    ['../x', 2, 'takes the id of a tape'],
  ])('does not take %s for one', async (given, code, why) => {
    await world.commit();
    await world.commit('tape-id-78AAA-manual');
    expect(await world.run(['fetch', given])).toMatchObject({ code, err: expect.stringContaining(why) });
  });

  test('leaves nothing but the tape, readable by its owner alone', async () => {
    await world.commit();
    await world.run(['fetch', id]);
    expect(await readdir(world.tapes)).toEqual([id]);
    const files = await readdir(join(world.tapes, id), { recursive: true });
    expect(files.toSorted()).toEqual([
      'attempt-1',
      'attempt-1/bodies.zst',
      'attempt-1/exchanges.idx',
      'attempt-1/exchanges.ndjson.zst',
      'environment.json',
      'manifest.json',
    ]);
    const { mode } = await stat(join(world.tapes, id, 'attempt-1', 'bodies.zst'));
    expect(mode & 0o777).toBe(0o600);
  });

  test('tells by name what of the developer’s own environment is withheld, and no value', async () => {
    await world.commit();
    const env = { AWS_SECRET_ACCESS_KEY: 'sesame', GITHUB_TOKEN: 'sesame', KUBECONFIG: '/sesame', LANG: 'C' };
    const { err } = await world.run(['fetch', id], env);
    expect(err).toMatch(/AWS_SECRET_ACCESS_KEY +cloud credentials/);
    expect(err).toMatch(/GITHUB_TOKEN +token or secret/);
    expect(err).toMatch(/KUBECONFIG +cluster access/);
    expect(err).not.toContain('sesame');
    expect(err).not.toContain('LANG');
    const written = await readFile(join(world.tapes, id, 'environment.json'), 'utf8');
    expect(JSON.parse(written)).toEqual({ format: 1, service: 'checkout:8080', variables: 'unknown' });
  });

  test('--json prints one object', async () => {
    await world.commit();
    const { out } = await world.run(['fetch', id, '--json'], { GITHUB_TOKEN: 'x' });
    expect(JSON.parse(out)).toMatchObject({
      id,
      namespace: 'payment-services',
      folder: join(world.tapes, id),
      withheld: [{ name: 'GITHUB_TOKEN', why: 'token or secret' }],
    });
  });

  test.each(['attempt-1/bodies.zst', 'attempt-1/exchanges.ndjson.zst', 'attempt-1/exchanges.idx'])(
    'a changed byte, a cut and a growth of %s are refused by its name, and nothing stays',
    async (part) => {
      await world.commit();
      const bytes = await readFile(inVault(part));
      const changed = Buffer.from(bytes);
      changed[changed.length - 1]! ^= 1;
      for (const broken of [changed, bytes.subarray(0, -1), Buffer.concat([bytes, bytes])]) {
        await writeFile(inVault(part), broken);
        const { code, out, err } = await world.run(['fetch', id]);
        expect({ code, out }).toEqual({ code: 2, out: '' });
        expect(err).toContain(`${part} is damaged`);
        await expect(stat(join(world.tapes, id))).rejects.toThrow('ENOENT');
        expect(await readdir(world.tapes)).toEqual([]);
      }
    },
  );

  test.each(['ids', 'manifest.json', 'attempt-1/bodies.zst'])(
    'a pipe in place of %s is refused',
    async (part) => {
      await world.commit();
      const file = part === 'ids' ? join(world.vault, 'ids', id) : inVault(part);
      await rm(file);
      await promisify(execFile)('mkfifo', [file]);
      const { code, err } = await world.run(['fetch', id]);
      expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('is no file') });
    },
  );

  test('a vault that fails half-way leaves whole parts, and tells where', async () => {
    await world.commit();
    const vault = await openVaultReader({ kind: 'file', path: world.vault });
    let left: string | undefined;
    const failing = {
      ...{ list: vault.list.bind(vault), locate: vault.locate.bind(vault), close: vault.close.bind(vault) },
      read: async (namespace: string, tape: Parameters<typeof vault.read>[1], path: string) => {
        if (path.endsWith('bodies.zst')) throw new DvrError('vault-out-of-reach', 'away');
        return vault.read(namespace, tape, path);
      },
    };
    const fetching = fetchTape({
      ...{ vault: failing, id: parseTapeId(id)!, tapes: world.tapes },
      signal: new AbortController().signal,
      onProgress: () => undefined,
      onLeft: (folder) => {
        left = folder;
      },
    });
    await expect(fetching).rejects.toMatchObject({ code: 'vault-out-of-reach' });
    expect(await readdir(join(left!, 'attempt-1'))).toContain('exchanges.ndjson.zst');
  });

  test('a part that the vault has lost, and a manifest of another tape, are refused', async () => {
    await world.commit();
    await rm(inVault('attempt-1/bodies.zst'));
    expect((await world.run(['fetch', id])).err).toContain('attempt-1/bodies.zst is not in the vault');
    await world.commit('tape-id-AAAAA-crash');
    const other = await readFile(
      join(world.vault, 'payment-services', 'tape-id-AAAAA-crash', 'manifest.json'),
    );
    await writeFile(inVault('manifest.json'), other);
    const { code, err } = await world.run(['fetch', id]);
    expect(code).toBe(2);
    expect(err).toContain('manifest.json is damaged: it is of payment-services/tape-id-AAAAA-crash');
  });

  test('a manifest that names a part outside of the tape is refused before anything is written', async () => {
    await world.commit();
    const text = await readFile(inVault('manifest.json'), 'utf8');
    await writeFile(inVault('manifest.json'), text.replace('attempt-1/bodies.zst', '../../escaped'));
    const { code, err } = await world.run(['fetch', id]);
    expect(code).toBe(2);
    expect(err).toContain('manifest.json is damaged');
    await expect(stat(world.tapes)).rejects.toThrow('ENOENT');
  });

  test('a second fetch mends what is broken here and keeps what is the developer’s own', async () => {
    await world.commit();
    await world.run(['fetch', id]);
    const folder = join(world.tapes, id);
    await writeFile(join(folder, 'environment.json'), '{"format":1,"service":"x","variables":{"A":"b"}}');
    await writeFile(join(folder, 'manifest.json'), 'broken');
    await truncate(join(folder, 'attempt-1', 'bodies.zst'), 1);
    const whole = await stat(join(folder, 'attempt-1', 'exchanges.idx'));
    expect((await world.run(['fetch', id])).out).toBe(contract);
    await using tape = await openTapeFolder(folder);
    expect((await tape.withBodies(1)).responseBody).toHaveLength(10);
    expect(await readFile(join(folder, 'environment.json'), 'utf8')).toContain('"A":"b"');
    expect((await stat(join(folder, 'attempt-1', 'exchanges.idx'))).mtimeMs).toBe(whole.mtimeMs);
  });

  test('an unknown id, one that is none, and a vault that is not there are told apart', async () => {
    await world.commit();
    expect(await world.run(['fetch', 'tape-id-ZZZZZ-crash'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('the vault has no tape tape-id-ZZZZZ-crash'),
    });
    expect(await world.run(['fetch', '78/9A'])).toMatchObject({ code: 2 });
    await writeFile(join(world.folder, 'file'), '');
    const gone = await world.run(['fetch', id, '--vault', `file://${world.folder}/file`]);
    expect(gone).toMatchObject({ code: 5, err: expect.stringContaining('the vault cannot read') });
  });

  test('an interrupt in the middle leaves no tape, and the next fetch goes on with what is missing', async () => {
    await world.commit();
    const controller = new AbortController();
    const vault = await openVaultReader({ kind: 'file', path: world.vault });
    const reads: string[] = [];
    const counted = {
      ...{ list: vault.list.bind(vault), locate: vault.locate.bind(vault), close: vault.close.bind(vault) },
      read: async (namespace: string, tape: Parameters<typeof vault.read>[1], path: string) => {
        reads.push(path);
        return vault.read(namespace, tape, path);
      },
    };
    const options = { vault: counted, id: parseTapeId(id)!, tapes: world.tapes };
    const interrupted = fetchTape({
      ...options,
      signal: controller.signal,
      // The first part is whole by now and the second has begun.
      onProgress: () => reads.length === 3 && controller.abort(new Error('interrupted')),
    });
    await expect(interrupted).rejects.toThrow('interrupted');
    await expect(stat(join(world.tapes, id))).rejects.toThrow('ENOENT');
    reads.length = 0;
    const fetched = await fetchTape({
      ...options,
      signal: new AbortController().signal,
      onProgress: () => undefined,
    });
    expect(reads).not.toContain('attempt-1/exchanges.ndjson.zst');
    expect(await readdir(world.tapes)).toEqual([id]);
    await using tape = await openTapeFolder(fetched.folder);
    expect(tape.size).toBe(2);
  });

  test('a vault that falls silent does not keep an interrupted fetch', async () => {
    await world.commit();
    const vault = await openVaultReader({ kind: 'file', path: world.vault });
    const controller = new AbortController();
    const silent = {
      ...{ list: vault.list.bind(vault), locate: vault.locate.bind(vault), close: vault.close.bind(vault) },
      read: async (): Promise<AsyncIterable<Uint8Array>> => ({
        [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }),
      }),
    };
    const fetching = fetchTape({
      vault: silent,
      id: parseTapeId(id)!,
      tapes: world.tapes,
      signal: controller.signal,
      onProgress: () => undefined,
    });
    setImmediate(() => controller.abort(new Error('interrupted')));
    await expect(fetching).rejects.toThrow('interrupted');
  });

  test('what a killed fetch left behind is taken over', async () => {
    await world.commit();
    const dead = spawn(process.execPath, ['--eval', '0']);
    await once(dead, 'exit');
    const left = join(world.tapes, `.${id}.${dead.pid}.part`, 'attempt-1');
    await mkdir(left, { recursive: true });
    await writeFile(join(left, 'bodies.zst.0123.tmp'), 'half');
    expect((await world.run(['fetch', id])).out).toBe(contract);
    expect(await readdir(world.tapes)).toEqual([id]);
    expect(await readdir(join(world.tapes, id, 'attempt-1'))).toHaveLength(3);
  });

  test('fetches of one tape at the same time all end with it', async () => {
    await world.commit();
    const program = join(import.meta.dirname, '../../../replay-cli/main.ts');
    const env = { ...process.env, XDG_DATA_HOME: join(world.folder, 'data'), DVR_VAULT: world.vaultUrl };
    const ended = [1, 2, 3].map(async () => {
      const child = spawn(process.execPath, [program, 'fetch', id], { env, stdio: 'ignore' });
      return (await once(child, 'exit'))[0];
    });
    expect(await Promise.all(ended)).toEqual([0, 0, 0]);
    expect(await readdir(world.tapes)).toEqual([id]);
  });
});

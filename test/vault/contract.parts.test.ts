import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { parseVaultUrl } from '../../program/endpoint.ts';
import type { PartSink } from '../../tape/parts.ts';
import { parseTapeId, type TapeId } from '../../tape/tape-id.ts';
import { openVaultReader, openVaultWriter } from '../../vault/open-vault.ts';
import type { VaultReader, VaultWriter } from '../../vault/port.ts';
import { needs } from '../parts/needs.ts';
import { useBucket } from '../parts/s3.ts';

const namespace = 'payment-services';
const part = 'attempt-1/bodies.zst';

function anId(): TapeId {
  return parseTapeId(`tape-id-${randomBytes(6).toString('hex').toUpperCase()}-crash`)!;
}

interface Place extends AsyncDisposable {
  readonly url: string;
}

async function aFolder(): Promise<Place> {
  const folder = await mkdtemp(join(tmpdir(), 'dvr-vault-'));
  return {
    url: pathToFileURL(folder).href,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

async function aBucket(): Promise<Place> {
  const bucket = await useBucket();
  for (const [name, text] of Object.entries(bucket.environment)) vi.stubEnv(name, text);
  const url = bucket.url.replace('?', `/contract-${randomBytes(4).toString('hex')}?`);
  return { url, [Symbol.asyncDispose]: () => bucket[Symbol.asyncDispose]() };
}

describe('a vault in a folder', () => contract(aFolder));
describe('a vault in a bucket', needs('s3'), () => contract(aBucket));

function contract(open: () => Promise<Place>): void {
  let place: Place;
  let writer: VaultWriter;
  let reader: VaultReader;

  beforeAll(async () => {
    place = await open();
    const endpoint = parseVaultUrl(place.url, '--vault');
    writer = await openVaultWriter(endpoint);
    reader = await openVaultReader(endpoint);
  });
  afterAll(async () => {
    await writer.close();
    await reader.close();
    await place[Symbol.asyncDispose]();
    vi.unstubAllEnvs();
  });

  async function bytesOf(id: TapeId, path: string): Promise<Buffer> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of await reader.read(namespace, id, path)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  async function write(id: TapeId, path: string, content: Uint8Array) {
    const sink = await writer.openPart(namespace, id, path);
    await sink.write(content);
    return sink.close();
  }

  async function listed(inNamespace?: string): Promise<string[]> {
    const ids: string[] = [];
    for await (const { id } of reader.list(inNamespace)) ids.push(id);
    return ids;
  }

  test('a tape is found by its id, listed and read once its manifest is published', async () => {
    const id = anId();
    const content = randomBytes(1000);
    const sha256 = createHash('sha256').update(content).digest('hex');
    expect(await write(id, part, content)).toEqual({ path: part, bytes: 1000, sha256 });
    await writer.nameTape(namespace, id);
    await writer.nameTape(namespace, id);
    expect(await listed()).not.toContain(id);
    await expect(reader.read(namespace, id, 'manifest.json')).rejects.toMatchObject({
      code: 'tape-not-found',
    });
    expect(await writer.publish(namespace, id, Buffer.from('{}'))).toBe('published');
    expect(await listed()).toContain(id);
    expect(await listed(namespace)).toContain(id);
    expect(await listed('elsewhere')).toEqual([]);
    expect(await reader.locate(id)).toBe(namespace);
    expect(await bytesOf(id, part)).toEqual(content);
    expect((await bytesOf(id, 'manifest.json')).toString()).toBe('{}');
  });

  test('a manifest is never replaced, and of many that publish at once one wins', async () => {
    const id = anId();
    const texts = Array.from({ length: 8 }, (_, n) => `{"winner":${n}}`);
    const outcomes = await Promise.all(texts.map((text) => writer.publish(namespace, id, Buffer.from(text))));
    expect(outcomes.filter((outcome) => outcome === 'published')).toHaveLength(1);
    const winner = texts[outcomes.indexOf('published')];
    expect(await writer.publish(namespace, id, Buffer.from('{"late":1}'))).toBe('already_there');
    expect((await bytesOf(id, 'manifest.json')).toString()).toBe(winner);
  });

  test('a part of many pieces comes back whole', async () => {
    const id = anId();
    const sink = await writer.openPart(namespace, id, part);
    const digest = createHash('sha256');
    for (let piece = 0; piece < 41; piece++) {
      const chunk = randomBytes(1 << 19);
      digest.update(chunk);
      await sink.write(chunk);
    }
    const entry = await sink.close();
    expect(entry).toEqual({ path: part, bytes: 41 << 19, sha256: digest.digest('hex') });
    const read = await bytesOf(id, part);
    expect(createHash('sha256').update(read).digest('hex')).toBe(entry.sha256);
  });

  test('an empty part is a part', async () => {
    const id = anId();
    const sink = await writer.openPart(namespace, id, part);
    expect((await sink.close()).bytes).toBe(0);
    // Whoever gives a tape up aborts all its parts, the finished ones too.
    await sink.abort();
    expect(await bytesOf(id, part)).toHaveLength(0);
  });

  test.each([10, 20 << 20])('a part that is thrown away after %i bytes is not there', async (bytes) => {
    const id = anId();
    const sink = await writer.openPart(namespace, id, part);
    await sink.write(randomBytes(bytes));
    await sink.abort();
    await expect(reader.read(namespace, id, part)).rejects.toMatchObject({
      code: 'tape-damaged',
      where: part,
    });
  });

  test('a part whose signal is aborted can neither be written nor finished', async () => {
    const id = anId();
    const controller = new AbortController();
    const sink: PartSink = await writer.openPart(namespace, id, part, controller.signal);
    await sink.write(randomBytes(10));
    controller.abort(new Error('the lease is lost'));
    await expect(sink.write(randomBytes(10))).rejects.toThrow();
    await expect(sink.close()).rejects.toThrow();
    await sink.abort();
    await expect(reader.read(namespace, id, part)).rejects.toMatchObject({ code: 'tape-damaged' });
  });

  test('a tape that the vault does not have has no namespace', async () => {
    expect(await reader.locate(anId())).toBeUndefined();
  });

  test.each(['ids', '..', 'a/b', 'UPPER', ''])('a namespace %j is refused', async (bad) => {
    await expect(writer.openPart(bad, anId(), part)).rejects.toMatchObject({ code: 'config-invalid' });
    await expect(writer.nameTape(bad, anId())).rejects.toMatchObject({ code: 'config-invalid' });
    await expect(writer.publish(bad, anId(), Buffer.from('{}'))).rejects.toMatchObject({
      code: 'config-invalid',
    });
  });

  test.each(['../x', '/x', 'a/../../x', ''])('a part %j is refused', async (path) => {
    await expect(writer.openPart(namespace, anId(), path)).rejects.toThrow(RangeError);
    await expect(reader.read(namespace, anId(), path)).rejects.toThrow(RangeError);
  });
}

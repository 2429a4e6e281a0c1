import { createHash } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { DvrError, type ErrorCode } from '../../errors/index.ts';
import type { Manifest } from '../../tape/manifest.ts';
import { tapeFormat } from '../../tape/manifest.ts';
import { openTape } from '../../tape/reader.ts';
import { MemoryParts, sketchExchange, writeTape } from './make-tape.ts';

const indexPath = 'attempt-1/exchanges.idx';
const recordsPath = 'attempt-1/exchanges.ndjson.zst';
const bodiesPath = 'attempt-1/bodies.zst';

interface Broken {
  readonly parts: MemoryParts;
  readonly manifest: Manifest;
}

async function aTape(): Promise<Broken> {
  const parts = new MemoryParts();
  const sketches = [1, 2, 3].map((start) =>
    sketchExchange({ start, responseBody: `body ${start}`.repeat(50) }),
  );
  return { parts, manifest: await writeTape(parts.open, sketches) };
}

/** Changes a part and lets the manifest vouch for it, as a hostile tape would. */
function vouch({ parts, manifest }: Broken, path: string, change: (bytes: Buffer) => Buffer): Broken {
  const bytes = change(Buffer.from(parts.bytes.get(path)!));
  parts.bytes.set(path, bytes);
  const entry = { path, bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  return {
    parts,
    manifest: { ...manifest, parts: manifest.parts.map((part) => (part.path === path ? entry : part)) },
  };
}

async function refusal(action: () => Promise<unknown>): Promise<[ErrorCode, string | undefined]> {
  const error = await action().then(
    () => new Error('it was not refused'),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof DvrError)) throw error;
  expect(error.message).toContain(error.where);
  return [error.code, error.where];
}

const open = ({ parts, manifest }: Broken) => refusal(() => openTape(parts, manifest));

const readAll = (tape: Broken) => refusal(() => contents(tape));

/** Everything on a tape, as one text. */
async function contents({ parts, manifest }: Broken): Promise<string> {
  const tape = await openTape(parts, manifest);
  const all = [];
  for (let id = 1; id <= tape.size; id++) all.push(await tape.withBodies(id));
  return JSON.stringify(all);
}

test.each([indexPath, recordsPath, bodiesPath])('a truncated %s is refused', async (path) => {
  const tape = await aTape();
  tape.parts.bytes.set(path, tape.parts.bytes.get(path)!.subarray(0, -1));
  expect(await open(tape)).toEqual(['tape-damaged', path]);
});

test('an index with a flipped bit is refused', async () => {
  const tape = await aTape();
  tape.parts.bytes.get(indexPath)![100]! ^= 1;
  expect(await open(tape)).toEqual(['tape-damaged', indexPath]);
});

test.each([recordsPath, bodiesPath])(
  'a frame of %s with any one bit flipped is refused, or reads as it was written',
  async (path) => {
    const { parts, manifest } = await aTape();
    const original = Buffer.from(parts.bytes.get(path)!);
    const written = await contents({ parts, manifest });
    for (let at = 0; at < original.length; at++) {
      const bytes = Buffer.from(original);
      bytes[at]! ^= 1 << (at % 8);
      parts.bytes.set(path, bytes);
      const outcome = await contents({ parts, manifest }).catch((error: unknown) => error);
      // Some bits mean nothing to zstd; then what was read is what was written.
      if (typeof outcome === 'string') expect(outcome).toBe(written);
      else expect(outcome).toMatchObject({ code: 'tape-damaged', where: path });
    }
  },
);

test('an index that is none, of a newer format, or of too many exchanges is refused', async () => {
  const foreign = vouch(await aTape(), indexPath, () => Buffer.alloc(200, 'SQLite format 3'));
  expect(await open(foreign)).toEqual(['tape-foreign', indexPath]);
  const newer = vouch(await aTape(), indexPath, (bytes) => {
    bytes.writeUInt32LE(tapeFormat + 1, 8);
    return bytes;
  });
  expect(await open(newer)).toEqual(['tape-too-new', indexPath]);
  const large = vouch(await aTape(), indexPath, (bytes) => {
    bytes.writeUInt32LE(0xffff_fff0, 16);
    return bytes;
  });
  expect(await open(large)).toEqual(['tape-too-large', indexPath]);
});

test('an index with any one number changed opens and reads, or is refused by a DvrError', async () => {
  const { length } = (await aTape()).parts.bytes.get(indexPath)!;
  let refused = 0;
  for (let at = 8; at < length - 4; at += 4) {
    const tape = vouch(await aTape(), indexPath, (bytes) => {
      bytes.writeUInt32LE(0xfffe_fffd, at);
      return bytes;
    });
    const outcome = await contents(tape).catch((error: unknown) => error);
    if (typeof outcome === 'string') continue;
    expect(outcome).toBeInstanceOf(DvrError);
    refused++;
  }
  expect(refused).toBeGreaterThan(40);
});

/** The tape with another only frame of bodies, of which the index tells the right compressed size. */
async function withBodies(frame: Buffer): Promise<Broken> {
  return vouch(
    vouch(await aTape(), bodiesPath, () => frame),
    indexPath,
    (bytes) => {
      bytes.writeUInt32LE(frame.length, 48 + 8);
      return bytes;
    },
  );
}

test('a frame that unpacks to more than the index tells is refused without unpacking it', async () => {
  const tape = await withBodies(zstdCompressSync(Buffer.alloc(50_000_000)));
  const error: unknown = await contents(tape).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: 'tape-damaged',
    where: bodiesPath,
    cause: { code: 'ERR_BUFFER_TOO_LARGE' },
  });
});

test('a frame that unpacks to less than the index tells is refused', async () => {
  expect(await readAll(await withBodies(zstdCompressSync('short')))).toEqual(['tape-damaged', bodiesPath]);
  const { parts, manifest } = await withBodies(zstdCompressSync('short'));
  await expect(contents({ parts, manifest })).rejects.toThrow('has not the size that the index tells');
});

test('a frame that claims more than a reader decodes is refused at once', async () => {
  const tape = vouch(await aTape(), indexPath, (bytes) => {
    bytes.writeUInt32LE(0x7fff_ffff, 48 + 8 + 4);
    return bytes;
  });
  expect(await open(tape)).toEqual(['tape-too-large', bodiesPath]);
});

test('frames behind the first are not taken for part of it', async () => {
  const tape = await aTape();
  const sizes = tape.parts.bytes.get(bodiesPath)!.length;
  const longer = vouch(tape, bodiesPath, (bytes) => Buffer.concat([bytes, zstdCompressSync('more')]));
  expect(sizes).toBeGreaterThan(0);
  expect(await open(longer)).toEqual(['tape-damaged', bodiesPath]);
});

test('records that are no exchanges are refused, and their content is not in the error', async () => {
  const secret = 'sesame';
  const content = Buffer.from(`${JSON.stringify({ service: 1, [secret]: secret })}\n`);
  const frame = zstdCompressSync(content);
  const tape = vouch(
    vouch(await aTape(), recordsPath, () => frame),
    indexPath,
    (bytes) => {
      bytes.writeUInt32LE(frame.length, 48);
      bytes.writeUInt32LE(content.length, 52);
      for (let at = 64; at < 64 + 3 * 88; at += 88) {
        bytes.writeUInt32LE(0, at + 76);
        bytes.writeUInt32LE(content.length - 1, at + 80);
      }
      return bytes;
    },
  );
  expect(await readAll(tape)).toEqual(['tape-damaged', recordsPath]);
  const error = await openTape(tape.parts, tape.manifest)
    .then((opened) => opened.exchange(1))
    .catch(String);
  expect(error).not.toContain(secret);
});

test('a row that points at the record of another exchange is refused', async () => {
  const tape = vouch(await aTape(), indexPath, (bytes) => {
    const [first, second] = [64, 64 + 88];
    bytes.copy(bytes, first + 72, second + 72, second + 84);
    return bytes;
  });
  expect(await readAll(tape)).toEqual(['tape-damaged', recordsPath]);
});

test('a tape whose manifest lacks a part, has it twice, or counts otherwise is refused', async () => {
  const { parts, manifest } = await aTape();
  const lacking = { ...manifest, parts: manifest.parts.slice(1) };
  expect(await open({ parts, manifest: lacking })).toEqual(['tape-damaged', 'manifest.json']);
  const copied = { ...manifest.parts[0]!, path: 'attempt-2/exchanges.ndjson.zst' };
  const twice = { ...manifest, parts: [...manifest.parts, copied] };
  expect(await open({ parts, manifest: twice })).toEqual(['tape-damaged', 'manifest.json']);
  const miscounted = { ...manifest, counts: { ...manifest.counts, exchanges: 4 } };
  expect(await open({ parts, manifest: miscounted })).toEqual(['tape-damaged', indexPath]);
});

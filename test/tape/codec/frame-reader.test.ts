import { expect, test } from 'vitest';
import { FrameReader } from '../../../tape/codec/frame-reader.ts';
import { FrameTable } from '../../../tape/codec/frame-table.ts';
import { FrameWriter } from '../../../tape/codec/frame-writer.ts';
import { MemoryParts } from '../make-tape.ts';

const path = 'attempt-1/bodies.zst';
const frameBytes = 1 << 20;

async function sixFrames() {
  const parts = new MemoryParts();
  const writer = new FrameWriter(await parts.open('bodies.zst'));
  for (let frame = 0; frame < 6; frame++) await writer.appendAcross(Buffer.alloc(frameBytes, frame + 1));
  await writer.close();
  const reads: number[] = [];
  const source = {
    ...{ size: parts.size.bind(parts), close: parts.close.bind(parts) },
    read: (name: string, start: number, end: number) => {
      reads.push(start);
      return parts.read(name, start, end);
    },
  };
  const table = Buffer.alloc(writer.frames.length * 8);
  writer.frames.forEach(({ compressed, content }, number) => {
    table.writeUInt32LE(compressed, number * 8);
    table.writeUInt32LE(content, number * 8 + 4);
  });
  return { reads, source, frames: new FrameTable(path, table), parts };
}

test('keeps the frames used last, within its bound of bytes', async () => {
  const { reads, source, frames } = await sixFrames();
  expect(frames.count).toBe(6);
  const reader = new FrameReader(source, frames, 3 * frameBytes);
  for (const number of [0, 1, 2, 0, 1, 2, 0]) expect((await reader.frame(number))[0]).toBe(number + 1);
  expect(reads).toHaveLength(3);
  await reader.frame(3);
  await reader.frame(0);
  expect(reads).toHaveLength(4);
  await reader.frame(1);
  expect(reads).toHaveLength(5);
});

test('a frame that is larger than the bound is kept alone', async () => {
  const { reads, source, frames } = await sixFrames();
  const reader = new FrameReader(source, frames, 10);
  for (const number of [0, 0, 1, 0]) await reader.frame(number);
  expect(reads).toHaveLength(3);
});

test('two who ask for a frame at once get one decoding, and a fault is not kept', async () => {
  const { reads, source, frames, parts } = await sixFrames();
  const reader = new FrameReader(source, frames, 3 * frameBytes);
  const [first, second] = await Promise.all([reader.frame(4), reader.frame(4)]);
  expect(first).toBe(second);
  expect(reads).toHaveLength(1);
  const whole = parts.bytes.get(path)!;
  parts.bytes.set(path, Buffer.alloc(whole.length));
  await expect(reader.frame(5)).rejects.toMatchObject({ code: 'tape-damaged', where: path });
  parts.bytes.set(path, whole);
  expect((await reader.frame(5))[0]).toBe(6);
});

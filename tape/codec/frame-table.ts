import { damaged, tooLarge } from './faults.ts';
import { frame as layout } from './index-layout.ts';
import { limits } from './limits.ts';

/** Where the frames of one part lie, from the index. */
export class FrameTable {
  readonly part: string;
  readonly count: number;
  /** Bytes of the part, and of its decompressed content. */
  readonly compressedBytes: number;
  readonly contentBytes: number;
  readonly #bytes: Buffer;
  readonly #starts: Float64Array;

  /** @throws `tape-too-large` where a frame claims more than a reader decodes. */
  constructor(part: string, bytes: Buffer) {
    this.part = part;
    this.count = bytes.length / layout.width;
    this.#bytes = bytes;
    this.#starts = new Float64Array(this.count);
    let start = 0;
    let content = 0;
    for (let number = 0; number < this.count; number++) {
      this.#starts[number] = start;
      start += this.compressed(number);
      const size = this.content(number);
      if (size > limits.frameBytes) throw tooLarge(part, 'bytes of a frame', size, limits.frameBytes);
      content += size;
    }
    this.compressedBytes = start;
    this.contentBytes = content;
  }

  start(number: number): number {
    const start = this.#starts[number];
    if (start === undefined) throw damaged(this.part, `there is no frame ${number}`);
    return start;
  }

  compressed(number: number): number {
    return this.#bytes.readUInt32LE(number * layout.width + layout.compressed);
  }

  content(number: number): number {
    return this.#bytes.readUInt32LE(number * layout.width + layout.content);
  }
}

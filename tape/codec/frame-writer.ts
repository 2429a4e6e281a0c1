import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';
import type { BodyRef } from '../exchange.ts';
import type { PartEntry } from '../manifest.ts';
import type { PartSink } from '../parts.ts';
import { frameTarget } from './limits.ts';

const compress = promisify(zstdCompress);

/** Level 3; each frame carries a checksum of its content, so that a flipped bit is found when it is read. */
const parameters = {
  params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 },
};

/** The sizes of one closed frame, bytes. */
export interface FrameSize {
  readonly compressed: number;
  readonly content: number;
}

/** Writes a part as independent zstd frames. Holds at most one frame's content. */
export class FrameWriter {
  readonly frames: FrameSize[] = [];
  readonly #sink: PartSink;
  #pending: Uint8Array[] = [];
  #size = 0;

  constructor(sink: PartSink) {
    this.#sink = sink;
  }

  /** Where the next byte will lie. */
  get position(): BodyRef {
    return { frame: this.frames.length, offset: this.#size };
  }

  /** Appends bytes that stay within one frame. They belong to the writer from here on. */
  async append(bytes: Uint8Array): Promise<void> {
    this.#pending.push(bytes);
    this.#size += bytes.length;
    if (this.#size >= frameTarget) await this.#closeFrame();
  }

  /** Appends a copy of bytes that go on in the next frames where they do not fit in this one. */
  async appendAcross(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const end = Math.min(bytes.length, at + frameTarget - this.#size);
      await this.append(bytes.slice(at, end));
      at = end;
    }
  }

  async close(): Promise<PartEntry> {
    if (this.#size > 0) await this.#closeFrame();
    return this.#sink.close();
  }

  async abort(): Promise<void> {
    await this.#sink.abort();
  }

  async #closeFrame(): Promise<void> {
    const content = Buffer.concat(this.#pending, this.#size);
    this.#pending = [];
    this.#size = 0;
    const compressed = await compress(content, parameters);
    await this.#sink.write(compressed);
    this.frames.push({ compressed: compressed.length, content: content.length });
  }
}

import { promisify } from 'node:util';
import { zstdDecompress } from 'node:zlib';
import type { PartSource } from '../parts.ts';
import { damaged } from './faults.ts';
import type { FrameTable } from './frame-table.ts';

const decompress = promisify(zstdDecompress);

/** Decodes the frames of a part, one at a time on demand, and keeps the latest in at most `keepBytes`. */
export class FrameReader {
  readonly table: FrameTable;
  readonly #source: PartSource;
  readonly #keepBytes: number;
  /** Oldest use first. */
  readonly #kept = new Map<number, Promise<Buffer>>();
  #keptBytes = 0;

  constructor(source: PartSource, table: FrameTable, keepBytes: number) {
    this.#source = source;
    this.table = table;
    this.#keepBytes = keepBytes;
  }

  /**
   * The content of frame `number`. Not to be changed.
   * @throws `tape-damaged` where the frame does not decode to exactly the size that the index has for it.
   */
  frame(number: number): Promise<Buffer> {
    const kept = this.#kept.get(number);
    if (kept !== undefined) {
      this.#kept.delete(number);
      this.#kept.set(number, kept);
      return kept;
    }
    const loading = this.#load(number);
    this.#kept.set(number, loading);
    this.#keptBytes += this.table.content(number);
    this.#evict();
    loading.catch(() => this.#forget(number, loading));
    return loading;
  }

  async #load(number: number): Promise<Buffer> {
    const { part } = this.table;
    const start = this.table.start(number);
    const size = this.table.content(number);
    const bytes = await this.#source.read(part, start, start + this.table.compressed(number));
    let content: Buffer;
    try {
      content = await decompress(bytes, { maxOutputLength: Math.max(size, 1) });
    } catch (cause) {
      throw damaged(part, `frame ${number} does not decode`, cause);
    }
    if (content.length !== size) throw damaged(part, `frame ${number} has not the size that the index tells`);
    return content;
  }

  #evict(): void {
    for (const [number, loading] of this.#kept) {
      if (this.#keptBytes <= this.#keepBytes || this.#kept.size === 1) return;
      this.#forget(number, loading);
    }
  }

  #forget(number: number, loading: Promise<Buffer>): void {
    if (this.#kept.get(number) !== loading) return;
    this.#kept.delete(number);
    this.#keptBytes -= this.table.content(number);
  }
}

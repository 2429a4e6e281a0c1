import { hash } from 'node:crypto';
import type { BodyRef } from '../exchange.ts';
import type { FrameWriter } from './frame-writer.ts';

/** Bodies below this are not worth a digest. */
const shareFrom = 64;
/** How many of the latest distinct bodies are remembered, for about 150 bytes each. */
const remembered = 65_536;

/** Writes bodies into the frames of a part; bodies that are equal by SHA-256 lie there once. */
export class BodyWriter {
  readonly #frames: FrameWriter;
  /** Oldest first. */
  readonly #known = new Map<string, BodyRef>();

  constructor(frames: FrameWriter) {
    this.#frames = frames;
  }

  /** Where `bytes` lie now; `undefined` for an empty body. The bytes are copied. */
  async write(bytes: Uint8Array): Promise<BodyRef | undefined> {
    if (bytes.length === 0) return undefined;
    if (bytes.length < shareFrom) return this.#append(bytes);
    const digest = hash('sha256', bytes, 'base64');
    const known = this.#known.get(digest);
    if (known !== undefined) return known;
    const ref = await this.#append(bytes);
    this.#remember(digest, ref);
    return ref;
  }

  async #append(bytes: Uint8Array): Promise<BodyRef> {
    const ref = this.#frames.position;
    await this.#frames.appendAcross(bytes);
    return ref;
  }

  #remember(digest: string, ref: BodyRef): void {
    const [oldest] = this.#known.keys();
    if (this.#known.size >= remembered && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(digest, ref);
  }
}

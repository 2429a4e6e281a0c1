import type { GapCause } from '../../tape/gap.ts';
import type { FrameHead } from './frame.ts';

/** A frame with its payload, unmasked and inflated. */
export interface DecodedFrame {
  /** On the clock of the decoder: when its last byte had come. */
  readonly at: number;
  readonly opcode: number;
  readonly fin: boolean;
  readonly compressed: boolean;
  readonly payload: Uint8Array;
  /** What is missing behind that payload: bytes of the content where their number is known, else bytes as sent. */
  readonly lost?: { readonly bytes: number; readonly cause: GapCause };
}

/** A frame whose payload is still coming, or waits for the end of its compressed message. */
export class PendingFrame {
  readonly compressed: boolean;
  /** The payload as it came, unmasked. */
  parts: Uint8Array[] = [];
  /** Bytes of `parts`. */
  size = 0;
  at = 0;
  lost: { bytes: number; readonly cause: GapCause } | undefined;
  readonly #opcode: number;
  readonly #fin: boolean;

  constructor({ opcode, fin, compressed }: FrameHead) {
    this.#opcode = opcode;
    this.#fin = fin;
    this.compressed = compressed;
  }

  add(part: Uint8Array): void {
    this.parts.push(part);
    this.size += part.length;
  }

  /** The first cause stays. */
  lose(bytes: number, cause: GapCause): void {
    if (bytes === 0) return;
    if (this.lost === undefined) this.lost = { bytes, cause };
    else this.lost.bytes += bytes;
  }

  loseAll(cause: GapCause): void {
    this.lose(this.size, cause);
    this.become(new Uint8Array(0));
  }

  /** Its payload is this and no other. */
  become(content: Uint8Array): void {
    this.parts = [content];
    this.size = content.length;
  }

  get decoded(): DecodedFrame {
    const [first] = this.parts;
    return {
      at: this.at,
      opcode: this.#opcode,
      fin: this.#fin,
      compressed: this.compressed,
      payload: this.parts.length === 1 && first !== undefined ? first : Buffer.concat(this.parts, this.size),
      ...(this.lost === undefined ? {} : { lost: this.lost }),
    };
  }
}

import { randomBytes } from 'node:crypto';
import { deflateMessage, encodeFrame } from '../../../../wire/websocket/encode-frame.ts';
import type { DeflateTerms } from '../../../../wire/websocket/extensions.ts';
import { isControl, opcodes } from '../../../../wire/websocket/frame.ts';
import type { ClientFrame } from './lay-frames.ts';

const maskBytes = 4;

/**
 * Encodes the frames of a client, in order: compressed where they were and this replay's service agrees. The messages
 * of one client do not refer to each other, which any agreement allows.
 */
export class ClientEncoder {
  readonly #terms: DeflateTerms | undefined;
  /** Whether the message under way is compressed. */
  #compressing = false;

  constructor(terms: DeflateTerms | undefined) {
    this.#terms = terms;
  }

  encode({ opcode, fin, compressed, payload }: ClientFrame): Uint8Array {
    const mask = randomBytes(maskBytes);
    if (isControl(opcode)) return encodeFrame({ opcode, fin, payload, mask });
    const begins = opcode !== opcodes.continuation;
    const terms = begins
      ? compressed
        ? this.#terms
        : undefined
      : this.#compressing
        ? this.#terms
        : undefined;
    const deflated = terms === undefined ? undefined : deflateMessage(payload, terms, fin);
    if (begins) this.#compressing = deflated !== undefined;
    return encodeFrame({
      opcode,
      fin,
      rsv1: begins && this.#compressing,
      payload: deflated ?? payload,
      mask,
    });
  }
}

import { constants, deflateRawSync } from 'node:zlib';
import type { DeflateTerms } from './extensions.ts';
import { applyMask } from './frame.ts';

export interface FrameToEncode {
  readonly opcode: number;
  readonly fin: boolean;
  /** Sets RSV1: the first frame of a message that `deflateMessage` made. */
  readonly rsv1?: boolean;
  readonly payload: Uint8Array;
  /** The masking key, four bytes, that a client's frame must have and a service's must not. */
  readonly mask?: Uint8Array;
}

/** A frame's bytes (RFC 6455 section 5.2), its length in the shortest form. `payload` stays as it is. */
export function encodeFrame({ opcode, fin, rsv1 = false, payload, mask }: FrameToEncode): Uint8Array {
  const extended = payload.length > 0xffff ? 8 : payload.length > 125 ? 2 : 0;
  const start = 2 + extended + (mask === undefined ? 0 : 4);
  const bytes = new Uint8Array(start + payload.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = (fin ? 0x80 : 0) | (rsv1 ? 0x40 : 0) | opcode;
  bytes[1] = (mask === undefined ? 0 : 0x80) | (extended === 0 ? payload.length : extended === 2 ? 126 : 127);
  if (extended === 2) view.setUint16(2, payload.length);
  if (extended === 8) view.setBigUint64(2, BigInt(payload.length));
  bytes.set(payload, start);
  if (mask !== undefined) {
    bytes.set(mask, start - 4);
    applyMask(bytes.subarray(start), view.getUint32(start - 4), 0);
  }
  return bytes;
}

/**
 * Content as permessage-deflate sends it (RFC 7692 section 7.2.1), without a reference to what was sent before: any
 * agreement allows that. A message may be made of several pieces, of which only the last is `final`. `undefined` for a
 * window of 256 bytes, for which zlib cannot compress.
 */
export function deflateMessage(
  content: Uint8Array,
  { windowBits }: DeflateTerms,
  final = true,
): Uint8Array | undefined {
  if (windowBits < 9) return undefined;
  const bytes = deflateRawSync(content, { finishFlush: constants.Z_SYNC_FLUSH, windowBits });
  return final ? bytes.subarray(0, -4) : bytes;
}

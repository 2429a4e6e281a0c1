import { isControl, opcodes } from '../../../wire/websocket/frame.ts';
import type { FrameState } from '../../../wire/websocket/frame-scanner.ts';
import {
  type DecodedFrame,
  type DecoderOptions,
  MessageDecoder,
} from '../../../wire/websocket/message-decoder.ts';

/** Gives `bytes` to a decoder in the pieces that end at `cuts`, each in a buffer that is spoilt after the call. */
export function decodeFrames(
  bytes: Uint8Array,
  options: Omit<DecoderOptions, 'limit'> & { readonly limit?: number },
  cuts: readonly number[] = [],
): { readonly frames: DecodedFrame[]; readonly opaque: boolean } {
  const frames: DecodedFrame[] = [];
  const decoder = new MessageDecoder(
    { limit: 1 << 24, ...options },
    (frame) => frames.push(frame),
    () => {},
  );
  let from = 0;
  for (const to of [...cuts.filter((cut) => cut < bytes.length).toSorted((a, b) => a - b), bytes.length]) {
    const piece = Buffer.concat([Buffer.alloc(3), bytes.subarray(from, to)]);
    decoder.push(piece, 3, piece.length, 0);
    piece.fill(0xaa);
    from = to;
  }
  return { frames, opaque: decoder.opaque };
}

/** Whole messages of frames: a text as a string, all else as bytes. */
export function messagesOf(frames: readonly DecodedFrame[]): (string | Buffer)[] {
  const messages: (string | Buffer)[] = [];
  let parts: Uint8Array[] = [];
  let text = false;
  for (const { opcode, fin, payload } of frames) {
    if (isControl(opcode)) continue;
    if (opcode !== opcodes.continuation) text = opcode === opcodes.text;
    parts.push(payload);
    if (!fin) continue;
    const whole = Buffer.concat(parts);
    messages.push(text ? String(whole) : whole);
    parts = [];
  }
  return messages;
}

export type { FrameState };

/** What the four bits of a frame's opcode name (RFC 6455 section 5.2). All others are reserved. */
export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

/** A frame's head as it stood on the wire, and what it says of the message that the frame belongs to. */
export interface FrameHead {
  /** The last frame of its message. */
  readonly fin: boolean;
  readonly opcode: number;
  /** A frame of a message that permessage-deflate compressed; RSV1 says so on the first of them (RFC 7692 section 6). */
  readonly compressed: boolean;
  /** Bytes of payload. */
  readonly length: number;
  readonly masked: boolean;
  /** The masking key as a number, its first byte the highest; 0 where there is none. */
  readonly mask: number;
}

/** Whether frames of that opcode stand alone, also between the fragments of a message (RFC 6455 section 5.5). */
export function isControl(opcode: number): boolean {
  return opcode >= opcodes.close;
}

/** Takes the mask off `bytes`, or puts it on, in place; their first stands `offset` bytes into the payload. */
export function applyMask(bytes: Uint8Array, mask: number, offset: number): void {
  if (mask === 0) return;
  const key = [mask >>> 24, (mask >>> 16) & 255, (mask >>> 8) & 255, mask & 255];
  for (let i = 0; i < bytes.length; i++) bytes[i] = (bytes[i] ?? 0) ^ (key[(offset + i) & 3] ?? 0);
}

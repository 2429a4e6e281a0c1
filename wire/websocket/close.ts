import type { WebSocketFrame } from '../../tape/exchange.ts';
import { opcodes } from './frame.ts';

/** What a close frame says (RFC 6455 section 5.5.1). */
export interface Close {
  /** Absent where the frame is empty (`1005` by section 7.1.5, which never stands on the wire). */
  readonly code?: number;
  /** As sent, which should be UTF-8. */
  readonly reason: Uint8Array;
}

/** Close codes by name (RFC 6455 section 7.4.1 and IANA's registry). */
export const closeNames: Readonly<Record<number, string>> = {
  1000: 'normal closure',
  1001: 'going away',
  1002: 'protocol error',
  1003: 'unsupported data',
  1007: 'invalid payload',
  1008: 'policy violation',
  1009: 'message too big',
  1010: 'missing extension',
  1011: 'internal error',
  1012: 'service restart',
  1013: 'try again later',
  1014: 'bad gateway',
};

/** The service met what kept it from doing what was asked: the 500 of WebSocket. */
export const internalError = 1011;

/** Reads a close frame's unmasked payload. One byte is no code, and counts for none. */
export function readClose(payload: Uint8Array): Close {
  const [high, low] = payload;
  if (high === undefined || low === undefined) return { reason: payload.subarray(payload.length) };
  return { code: high * 256 + low, reason: payload.subarray(2) };
}

/** The close frame among the frames of one side, whose payloads are `body`. */
export function closeIn(frames: readonly WebSocketFrame[], body: Uint8Array): Close | undefined {
  let from = 0;
  for (const { opcode, size } of frames) {
    if (opcode === opcodes.close) return readClose(body.subarray(from, from + size));
    from += size;
  }
  return undefined;
}

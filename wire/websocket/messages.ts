import type { TapeTime, WebSocketFrame } from '../../tape/exchange.ts';
import { isControl, opcodes } from './frame.ts';

/** A message of a recorded WebSocket: a whole control frame, or the fragments of a text or of binary data. */
export interface WebSocketMessage {
  readonly kind: 'text' | 'binary' | 'close' | 'ping' | 'pong';
  /** When its last byte had come. */
  readonly at: TapeTime;
  /** Its frames: their places in the body's `frames`, in order. */
  readonly places: readonly number[];
  readonly bytes: Uint8Array;
  /** Nothing is missing behind `bytes`. */
  readonly whole: boolean;
  /** Nothing is missing before them. */
  readonly begun: boolean;
}

interface Growing {
  readonly kind: 'text' | 'binary';
  readonly begun: boolean;
  readonly places: number[];
  readonly parts: Uint8Array[];
  at: TapeTime;
  lost: boolean;
}

/** The messages of one side of an upgraded exchange, in the order in which they ended. `body` has the frames' payloads. */
export function messagesIn(frames: readonly WebSocketFrame[], body: Uint8Array): readonly WebSocketMessage[] {
  const messages: WebSocketMessage[] = [];
  let growing: Growing | undefined;
  let from = 0;
  const end = (fin: boolean): void => {
    if (growing !== undefined) messages.push(ended(growing, fin));
    growing = undefined;
  };
  for (const [place, { at, opcode, fin, size, lost }] of frames.entries()) {
    const bytes = body.subarray(from, from + size);
    from += size;
    if (isControl(opcode)) {
      messages.push({ kind: controlKind(opcode), at, places: [place], bytes, whole: !lost, begun: true });
      continue;
    }
    if (opcode !== opcodes.continuation) end(false);
    growing ??= begin(opcode, at);
    growing.places.push(place);
    growing.parts.push(bytes);
    growing.at = at;
    growing.lost ||= lost !== undefined;
    if (fin) end(true);
  }
  end(false);
  return messages;
}

function begin(opcode: number, at: TapeTime): Growing {
  const kind = opcode === opcodes.text ? 'text' : 'binary';
  return { kind, begun: opcode !== opcodes.continuation, places: [], parts: [], at, lost: false };
}

function ended({ kind, begun, places, parts, at, lost }: Growing, fin: boolean): WebSocketMessage {
  const [first] = parts;
  const bytes = parts.length === 1 && first !== undefined ? first : Buffer.concat(parts);
  return { kind, at, places, bytes, whole: fin && !lost, begun };
}

function controlKind(opcode: number): 'close' | 'ping' | 'pong' {
  if (opcode === opcodes.close) return 'close';
  return opcode === opcodes.ping ? 'ping' : 'pong';
}

/** When which bytes of a body of frames arrived. */
export function arrivalsOf(
  frames: readonly WebSocketFrame[],
): readonly (readonly [at: TapeTime, bytes: number])[] {
  const arrivals: [at: TapeTime, bytes: number][] = [];
  for (const { at, size } of frames) {
    if (size === 0) continue;
    const last = arrivals.at(-1);
    if (last?.[0] === at) last[1] += size;
    else arrivals.push([at, size]);
  }
  return arrivals;
}

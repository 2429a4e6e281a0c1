import type { Body, TapeTime } from '../../tape/exchange.ts';
import { ArrivalTimes } from './arrival-times.ts';
import { decodeText } from './base64-body.ts';
import type { Dialect } from './call.ts';
import { prefixLength } from './message-scanner.ts';

/** `trailers`: the last frame of a gRPC-Web response. `end`: the last frame of a Connect stream. */
export type FrameKind = 'message' | 'trailers' | 'end';

/** One frame of a body: a message, or what ends the stream in the dialects that end it in the body. */
export interface MessageFrame {
  readonly kind: FrameKind;
  /** The byte before its length; 0 where the dialect frames nothing. */
  readonly flags: number;
  /** As sent: compressed where `compressed` says so. A view of the body (of the decoded one, for base64). */
  readonly payload: Uint8Array;
  readonly compressed: boolean;
  /** When its last byte arrived; undefined where the body says nothing about it. */
  readonly at: TapeTime | undefined;
  /** Where it stands in the body as sent: from its prefix to behind its last byte. */
  readonly start: number;
  readonly end: number;
}

export interface Frames {
  readonly frames: readonly MessageFrame[];
  /** Bytes at the end of the body that are no whole frame. */
  readonly rest: number;
  /** Why nothing can be read behind the frames: `cut` in the middle of one, or `malformed`. */
  readonly stopped?: 'cut' | 'malformed';
}

/** Frames of one body that are read; a body of empty messages must not cost a hundred times its bytes. */
const mostFrames = 1_000_000;

/** Reads the frames of a body. Never throws: it reads as far as there are whole frames. */
export function readFrames(
  body: Uint8Array,
  dialect: Dialect,
  encoding: string,
  arrivals: Body['arrivals'],
): Frames {
  if (dialect === 'connect') return unaryBody(body, encoding, arrivals);
  const text = dialect === 'grpc-web-text' ? decodeText(body) : undefined;
  const bytes = text?.bytes ?? body;
  const times = new ArrivalTimes(arrivals);
  const frames: MessageFrame[] = [];
  let at = 0;
  let source = 0;
  let stopped: Frames['stopped'];
  while (at < bytes.length) {
    const size = payloadSize(bytes, at);
    const flags = bytes[at] ?? 0;
    const kind = kindOf(dialect, flags);
    if (kind === undefined || frames.length === mostFrames) stopped = 'malformed';
    else if (size === undefined || at + prefixLength + size > bytes.length) stopped = 'cut';
    if (stopped !== undefined || kind === undefined || size === undefined) break;
    const start = source;
    const end = at + prefixLength + size;
    source = text === undefined ? end : text.sourceEnd(end);
    const payload = bytes.subarray(at + prefixLength, end);
    const compressed = (flags & 1) === 1;
    frames.push({ kind, flags, payload, compressed, at: times.of(source - 1), start, end: source });
    at = end;
  }
  if (stopped === undefined && text?.broken === true) stopped = 'malformed';
  return { frames, rest: body.length - source, ...(stopped === undefined ? {} : { stopped }) };
}

/** A frame as it stands in a body, before base64. */
export function writeFrame(flags: number, payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(prefixLength + payload.length);
  frame[0] = flags;
  frame.writeUInt32BE(payload.length, 1);
  frame.set(payload, prefixLength);
  return frame;
}

/** A unary Connect message is its body; an empty one is an empty message. */
function unaryBody(body: Uint8Array, encoding: string, arrivals: Body['arrivals']): Frames {
  const at = new ArrivalTimes(arrivals).of(body.length - 1);
  const compressed = encoding !== '';
  const frame = { kind: 'message', flags: 0, payload: body, compressed, at, start: 0, end: body.length };
  return { frames: [{ ...frame, kind: 'message' }], rest: 0 };
}

function payloadSize(bytes: Uint8Array, at: number): number | undefined {
  if (at + prefixLength > bytes.length) return undefined;
  const [, a = 0, b = 0, c = 0, d = 0] = bytes.subarray(at, at + prefixLength);
  return a * 0x1000000 + b * 0x10000 + c * 0x100 + d;
}

/** Flags that a dialect does not know make the rest unreadable: they may change what the bytes mean. */
function kindOf(dialect: Dialect, flags: number): FrameKind | undefined {
  const kind = flags & ~1;
  if (kind === 0) return 'message';
  if (kind === 0x80 && (dialect === 'grpc-web' || dialect === 'grpc-web-text')) return 'trailers';
  return kind === 0x02 && dialect === 'connect-stream' ? 'end' : undefined;
}

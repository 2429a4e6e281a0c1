import type { Body, WebSocketFrame } from '../../tape/exchange.ts';
import { readClose } from '../../wire/websocket/close.ts';
import { arrivalsOf, messagesIn, type WebSocketMessage } from '../../wire/websocket/messages.ts';
import type { BodyPart, ScrubbedBody } from './body-input.ts';

/** Bytes of payload that a control frame can hold (RFC 6455 section 5.5). */
const longestControl = 125;

/** The scrubbed side of a WebSocket, and how many bytes of it were dropped since they could not be read. */
export interface ScrubbedFrames {
  readonly body: Body;
  readonly bytes: Uint8Array;
  readonly dropped: number;
}

/**
 * Scrubs what one side of a WebSocket sent, message by message, each as a body of its own: a secret may lie across the
 * fragments of one. Fragments keep their shares of it. What cannot be read is dropped from its frames.
 */
export function scrubFrames(
  body: Body,
  frames: readonly WebSocketFrame[],
  bytes: Uint8Array,
  scrub: (part: BodyPart) => ScrubbedBody,
): ScrubbedFrames {
  const payloads: Uint8Array[] = [];
  const made = [...frames];
  let [dropped, changed] = [0, false];
  for (const message of messagesIn(frames, bytes)) {
    const scrubbed = scrubMessage(message, scrub);
    if (scrubbed === 'unreadable') dropped += message.bytes.length;
    changed ||= scrubbed !== message.bytes;
    place(message, scrubbed, made, payloads);
  }
  if (!changed) return { body, bytes, dropped };
  const whole = Buffer.concat(frames.map((_, at) => payloads[at] ?? new Uint8Array()));
  const { ref: _, ...rest } = body;
  const framing = { kind: 'websocket', frames: made } as const;
  return {
    body: { ...rest, size: whole.length, framing, arrivals: arrivalsOf(made) },
    bytes: whole,
    dropped,
  };
}

function scrubMessage(
  { kind, bytes, whole, begun }: WebSocketMessage,
  scrub: (part: BodyPart) => ScrubbedBody,
): ScrubbedBody {
  if (!begun && bytes.length > 0) return 'unreadable';
  const part = { type: { type: kind === 'binary' ? '' : 'text/plain' }, codings: [], cut: !whole, field: '' };
  if (kind === 'binary') return scrub({ ...part, bytes });
  const kept = bytes.subarray(
    0,
    kind === 'close' ? codeLength(bytes) : kind === 'text' ? prefixLength(bytes) : 0,
  );
  const text = bytes.subarray(kept.length);
  const made = scrub({ ...part, bytes: text });
  if (made === text) return bytes;
  const tooLong = kind !== 'text' && made.length + kept.length > longestControl;
  return made === 'unreadable' || tooLong ? 'unreadable' : Buffer.concat([kept, made]);
}

/** The code of a close is passed where it is one (RFC 6455 section 7.4.2); two bytes of text are none. */
function codeLength(payload: Uint8Array): number {
  const { code = 0 } = readClose(payload);
  return code >= 1000 && code < 5000 ? 2 : 0;
}

/** What Socket.IO (`42/room,7`) and SockJS (`a`) write before the JSON of a message, so that it is read as JSON. */
const prefix = /^(?:\d{1,12}-?(?:\/[\w./-]{0,64},)?\d{0,12}|a)(?=[[{])/;

function prefixLength(bytes: Uint8Array): number {
  const start = Buffer.from(bytes.subarray(0, 128)).toString('latin1');
  return prefix.exec(start)?.[0].length ?? 0;
}

/** Gives each frame of a message its share of what the message has become. */
function place(
  { places, bytes, whole }: WebSocketMessage,
  scrubbed: ScrubbedBody,
  frames: WebSocketFrame[],
  payloads: Uint8Array[],
): void {
  const content = scrubbed === 'unreadable' ? new Uint8Array() : scrubbed;
  let [before, from] = [0, 0];
  for (const at of places) {
    const frame = frames[at];
    if (frame === undefined) continue;
    before += frame.size;
    const to =
      before === bytes.length ? content.length : Math.floor((before / bytes.length) * content.length);
    payloads[at] = content.subarray(from, to);
    frames[at] = { ...frame, size: to - from };
    if (scrubbed === 'unreadable') frames[at] = without({ ...frame, size: 0 }, frame.size);
    from = to;
  }
  const last = places.at(-1) ?? 0;
  const frame = frames[last];
  if (frame !== undefined && !whole && scrubbed !== 'unreadable') {
    frames[last] = without(frame, bytes.length - content.length);
  }
}

/** The frame, `bytes` more of which are not on the tape. */
function without(frame: WebSocketFrame, bytes: number): WebSocketFrame {
  if (bytes <= 0) return frame;
  const { lost } = frame;
  const cause = lost?.cause ?? 'unreadable';
  return { ...frame, lost: { bytes: bytes + (lost?.bytes ?? 0), cause } };
}

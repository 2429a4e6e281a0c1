import type { Body } from '../../tape/exchange.ts';
import { encodeText } from '../../wire/grpc/base64-body.ts';
import type { MessageType } from '../../wire/grpc/call.ts';
import { type MessageFrame, readFrames, writeFrame } from '../../wire/grpc/messages.ts';
import type { MessageSchema, Schemas } from '../../wire/protobuf/schema.ts';
import { scrubError } from '../places/call-error.ts';
import { messageInQuery } from '../places/call-target.ts';
import { scrubMessage } from '../places/message.ts';
import { type LeaveOut, scrubTrailerFrame } from '../places/metadata.ts';
import type { TextScrubber } from '../text-scrubber.ts';
import { movedArrivals, type Stretch } from './arrivals.ts';
import { scrubBody } from './body.ts';
import { type Allowance, open } from './codings.ts';
import { resized } from './framing.ts';

/** How the messages of one direction of a call are to be read. */
export interface CallReading {
  readonly type: MessageType;
  /** The compression of messages that are compressed; empty where the head names none. */
  readonly encoding: string;
  readonly schema: MessageSchema | undefined;
  readonly schemas: Schemas;
  readonly allowance: Allowance;
  /** Told of what is left out within a message, or of a target. */
  readonly leaveOut: LeaveOut;
}

type Dropped = NonNullable<Body['dropped']>[number];

export interface ScrubbedCall {
  readonly body: Body;
  /** The same object where nothing was hit. */
  readonly bytes: Uint8Array;
  /** Bytes that could not be read and are not on the tape. */
  readonly unread: number;
}

/**
 * Scrubs the messages of one direction of a call, one by one; each arrives when it did. One that cannot be scrubbed is
 * dropped, and so is what stands at the end and is no whole message.
 */
export function scrubCall(
  body: Body,
  bytes: Uint8Array,
  reading: CallReading,
  texts: TextScrubber,
): ScrubbedCall {
  const { dialect } = reading.type;
  const { frames, rest } = readFrames(bytes, dialect, reading.encoding, body.arrivals);
  const pieces: Uint8Array[] = [];
  const stretches: Stretch[] = [];
  const dropped: Dropped[] = [];
  const before = [...(body.dropped ?? [])];
  let size = 0;
  let changed = rest > 0;
  for (const frame of frames) {
    takeUpTo(frame.start, size, before, dropped);
    const payload = scrubFrame(frame, reading, texts);
    if (payload === undefined)
      dropped.push({ at: size, bytes: frame.end - frame.start, cause: 'unreadable' });
    if (payload !== frame.payload) changed = true;
    const piece =
      payload === undefined
        ? new Uint8Array()
        : payload === frame.payload
          ? bytes.subarray(frame.start, frame.end)
          : asSent(frame, payload, dialect);
    pieces.push(piece);
    stretches.push([frame.end - frame.start, piece.length]);
    size += piece.length;
  }
  takeUpTo(Number.POSITIVE_INFINITY, size, before, dropped);
  const unread = dropped
    .filter(({ cause }) => cause === 'unreadable')
    .reduce((sum, { bytes: gone }) => sum + gone, body.lost === undefined ? rest : 0);
  if (!changed) return { body, bytes, unread };
  const made = Buffer.concat(pieces);
  const lost = { cause: body.lost?.cause ?? 'unreadable', bytes: (body.lost?.bytes ?? 0) + rest };
  const become = resized(body, made.length, lost.bytes === 0 ? undefined : lost);
  const arrivals = movedArrivals(body.arrivals, [...stretches, [rest, 0]]);
  return {
    body: { ...become, arrivals, ...(dropped.length === 0 ? {} : { dropped }) },
    bytes: made,
    unread,
  };
}

/** What was dropped already before `end` of the body stands at `size` of the scrubbed one. */
function takeUpTo(end: number, size: number, before: Dropped[], dropped: Dropped[]): void {
  while ((before[0]?.at ?? Number.POSITIVE_INFINITY) <= end) {
    const next = before.shift();
    if (next === undefined) return;
    dropped.push({ ...next, at: size });
  }
}

/** Scrubs the message that a Connect request has in its query; one that cannot be scrubbed is left out. */
export function scrubCallTarget(target: string, reading: CallReading, texts: TextScrubber): string {
  const found = messageInQuery(target);
  if (found === undefined) return target;
  const { bytes, compression } = found;
  const frame = { kind: 'message', flags: 0, payload: bytes, start: 0, end: 0, at: undefined } as const;
  const compressed = compression !== '' && compression !== 'identity';
  const made = scrubFrame({ ...frame, compressed }, { ...reading, encoding: compression }, texts);
  if (made === undefined) reading.leaveOut(bytes.length);
  return made === bytes ? target : found.replaced(made ?? new Uint8Array());
}

function asSent(frame: MessageFrame, payload: Uint8Array, dialect: MessageType['dialect']): Uint8Array {
  if (dialect === 'connect') return payload;
  const framed = writeFrame(frame.flags, payload);
  return dialect === 'grpc-web-text' ? encodeText([framed]) : framed;
}

/** A frame's payload as it is to be sent: the same object where nothing was hit, undefined where it must be dropped. */
function scrubFrame(frame: MessageFrame, reading: CallReading, texts: TextScrubber): Uint8Array | undefined {
  const { payload, compressed } = frame;
  if (payload.length === 0) return payload;
  if (compressed && reading.encoding === '') return undefined;
  const opened = open(payload, compressed ? [reading.encoding] : [], false, reading.allowance);
  if (opened === undefined) return undefined;
  const made = scrubContent(opened.bytes, frame, reading, texts);
  if (made === undefined) return undefined;
  return Buffer.compare(made, opened.bytes) === 0 && opened.pure ? payload : opened.close(made);
}

function scrubContent(
  bytes: Uint8Array,
  { kind }: MessageFrame,
  { type, schema, schemas, allowance, leaveOut }: CallReading,
  texts: TextScrubber,
): Uint8Array | undefined {
  if (kind === 'trailers') return scrubTrailerFrame(bytes, schemas, texts, leaveOut);
  const asBody = (mediaType: string, content: Uint8Array): Uint8Array | undefined => {
    const part = { bytes: content, type: { type: mediaType }, codings: [], cut: false, field: '' };
    const made = scrubBody({ ...part, allowance }, texts);
    return made === 'unreadable' ? undefined : made;
  };
  const asJson = (content: Uint8Array) => asBody('application/json', content);
  if (kind === 'end') return scrubError(bytes, asJson, schemas, texts.value);
  if (type.codec === 'proto') return scrubMessage(bytes, schema, schemas, texts.value);
  if (type.codec !== 'json') return asBody('', bytes);
  return type.dialect === 'connect' ? scrubError(bytes, asJson, schemas, texts.value) : asJson(bytes);
}

import type { Body } from '../../tape/exchange.ts';
import { encodeText } from '../../wire/grpc/base64-body.ts';
import type { MessageType } from '../../wire/grpc/call.ts';
import { type MessageFrame, readFrames, writeFrame } from '../../wire/grpc/messages.ts';
import type { MessageSchema, Schemas } from '../../wire/protobuf/schema.ts';
import { scrubError } from '../places/call-error.ts';
import { scrubMessage } from '../places/message.ts';
import { scrubTrailerFrame } from '../places/metadata.ts';
import type { TextScrubber } from '../text-scrubber.ts';
import { movedArrivals, type Stretch } from './arrivals.ts';
import { scrubBody } from './body.ts';
import { type Allowance, open } from './codings.ts';

/** How the messages of one direction of a call are to be read. */
export interface CallReading {
  readonly type: MessageType;
  /** The compression of messages that are compressed; empty where the head names none. */
  readonly encoding: string;
  readonly schema: MessageSchema | undefined;
  readonly schemas: Schemas;
  readonly allowance: Allowance;
}

export interface ScrubbedCall {
  /** The same object where nothing was hit. */
  readonly bytes: Uint8Array;
  readonly arrivals: Body['arrivals'];
  /** Messages that could not be scrubbed: their places in the new body. */
  readonly dropped: NonNullable<Body['dropped']>;
  /** Bytes at the end that are no whole message, and are left out. */
  readonly rest: number;
}

/** Scrubs the messages of one direction of a call, one by one; each arrives when it did. */
export function scrubCall(
  body: Uint8Array,
  arrivals: Body['arrivals'],
  reading: CallReading,
  texts: TextScrubber,
): ScrubbedCall {
  const { dialect } = reading.type;
  const { frames, rest } = readFrames(body, dialect, reading.encoding, arrivals);
  const pieces: Uint8Array[] = [];
  const stretches: Stretch[] = [];
  const dropped: { at: number; bytes: number; cause: 'unreadable' }[] = [];
  let size = 0;
  let changed = rest > 0;
  for (const frame of frames) {
    const payload = scrubFrame(frame, reading, texts);
    if (payload === undefined)
      dropped.push({ at: size, bytes: frame.end - frame.start, cause: 'unreadable' });
    if (payload !== frame.payload) changed = true;
    const piece =
      payload === undefined
        ? new Uint8Array()
        : payload === frame.payload
          ? body.subarray(frame.start, frame.end)
          : asSent(frame, payload, dialect);
    pieces.push(piece);
    stretches.push([frame.end - frame.start, piece.length]);
    size += piece.length;
  }
  if (!changed) return { bytes: body, arrivals, dropped, rest };
  const known = body.length - rest;
  const read =
    arrivals.length === 0 ? arrivals : movedArrivals(arrivals, [...stretches, [body.length - known, 0]]);
  return { bytes: Buffer.concat(pieces), arrivals: read, dropped, rest };
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
  { type, schema, schemas, allowance }: CallReading,
  texts: TextScrubber,
): Uint8Array | undefined {
  if (kind === 'trailers') return scrubTrailerFrame(bytes, schemas, texts);
  if (kind === 'end') return scrubError(bytes, schemas, texts);
  if (type.codec === 'proto') return scrubMessage(bytes, schema, schemas, texts.value);
  const media = { type: type.codec === 'json' ? 'application/json' : '' };
  const made = scrubBody({ bytes, type: media, codings: [], cut: false, field: '', allowance }, texts);
  return made === 'unreadable' ? undefined : made;
}

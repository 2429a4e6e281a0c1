import { movedArrivals, type Stretch } from '../../../sanitizers/bodies/arrivals.ts';
import { encodeText } from '../../../wire/grpc/base64-body.ts';
import { type Call, encodingOf } from '../../../wire/grpc/call.ts';
import { closeMessage, openMessage } from '../../../wire/grpc/compression.ts';
import { type MessageFrame, readFrames, writeFrame } from '../../../wire/grpc/messages.ts';
import { replaceLeaves } from '../../../wire/protobuf/leaves.ts';
import { applyEdits, type Edit } from './edits.ts';
import { type OutgoingRequest, replaceBytes } from './replace-body.ts';
import { notate, type Rewriting } from './rewriting.ts';

/** Bytes that a message may have once it is opened. */
const contentLimit = 16 * 1024 * 1024;

/**
 * Puts new values into the messages of a call: each message is opened, changed and closed again, its length mended. One
 * in which a value does not fit stays as it was recorded. Each message still goes when it did.
 */
export function rewriteMessages(
  request: OutgoingRequest,
  call: Call,
  rewritings: readonly Rewriting[],
): OutgoingRequest {
  const { head, body } = request.message;
  const encoding = encodingOf(call, head.fields);
  const { frames } = readFrames(request.body, call.dialect, encoding, body.arrivals);
  const edits: Edit<Uint8Array>[] = [];
  const stretches: Stretch[] = [];
  let number = 0;
  for (const frame of frames) {
    if (frame.kind === 'message') number++;
    const here = rewritings.filter(
      ({ carried: { text } }) => text.kind === 'message' && text.number === number,
    );
    const put =
      frame.kind === 'message' && here.length > 0 ? rewritten(frame, call, encoding, here) : undefined;
    const size = frame.end - frame.start;
    stretches.push([size, put?.length ?? size]);
    if (put !== undefined) edits.push({ start: frame.start, end: frame.end, put });
  }
  if (edits.length === 0) return request;
  const made = replaceBytes(request, edits);
  const last = frames.at(-1)?.end ?? 0;
  const rest = request.body.length - last;
  const arrivals = movedArrivals(body.arrivals, [...stretches, [rest, rest]]);
  return { ...made, message: { ...made.message, body: { ...made.message.body, arrivals } } };
}

/** The frame as it stands in the body then; undefined where it cannot be changed so. */
function rewritten(
  { flags, payload, compressed }: MessageFrame,
  { dialect }: Call,
  encoding: string,
  rewritings: readonly Rewriting[],
): Uint8Array | undefined {
  const coding = compressed ? encoding : '';
  const content = openMessage(payload, coding, contentLimit);
  const changed = content && withValues(content, rewritings);
  const closed = changed && closeMessage(changed, coding);
  if (closed === undefined) return undefined;
  if (dialect === 'connect') return closed;
  const framed = writeFrame(flags, closed);
  return dialect === 'grpc-web-text' ? encodeText([framed]) : framed;
}

function withValues(content: Uint8Array, rewritings: readonly Rewriting[]): Uint8Array | undefined {
  const leaves = rewritings.flatMap(({ carried: { text }, value }) =>
    text.kind === 'message' && text.leaf !== undefined ? [{ ...text.leaf, value }] : [],
  );
  if (leaves.length > 0) return replaceLeaves(content, leaves);
  const edits = rewritings.map(({ carried, value }) => ({
    start: carried.start,
    end: carried.end,
    put: notate(carried, value),
  }));
  return Buffer.from(applyEdits(Buffer.from(content).toString('utf8'), edits), 'utf8');
}

import type { Body, BodyFraming, HeaderField, RequestMessage } from '../../../tape/exchange.ts';
import { byteEdits, type Edit, movedBorder } from './edits.ts';

/** A request with its body's bytes, as it is sent. */
export interface OutgoingRequest {
  readonly message: RequestMessage;
  readonly body: Uint8Array;
}

/**
 * Replaces spans of a body's text and mends what tells its length: Content-Length, chunk sizes, and how many bytes
 * arrived when.
 */
export function replaceInBody(
  request: OutgoingRequest,
  text: string,
  edits: readonly Edit[],
): OutgoingRequest {
  return edits.length === 0 ? request : replaceBytes(request, byteEdits(text, edits));
}

/** Likewise for spans of the body's bytes, in order. */
export function replaceBytes(request: OutgoingRequest, edits: readonly Edit<Uint8Array>[]): OutgoingRequest {
  const body = splice(request.body, edits);
  const { message } = request;
  const mended: Body = {
    ...message.body,
    size: body.length,
    framing: mendFraming(message.body.framing, edits),
    arrivals: mendSizes(message.body.arrivals, edits),
  };
  const fields =
    message.body.framing.kind === 'length' || message.body.framing.kind === 'stream'
      ? withLength(message.head.fields, body.length)
      : message.head.fields;
  return { message: { ...message, head: { ...message.head, fields }, body: mended }, body };
}

function splice(bytes: Uint8Array, edits: readonly Edit<Uint8Array>[]): Uint8Array {
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const edit of edits) {
    pieces.push(bytes.subarray(at, edit.start), edit.put);
    at = edit.end;
  }
  pieces.push(bytes.subarray(at));
  return Buffer.concat(pieces);
}

function mendFraming(framing: BodyFraming, edits: readonly Edit<Uint8Array>[]): BodyFraming {
  if (framing.kind !== 'chunked') return framing;
  let before = 0;
  let beforeMoved = 0;
  const chunks: (readonly [number, string?])[] = [];
  for (const [size, extension] of framing.chunks) {
    before += size;
    const moved = movedBorder(before, edits);
    // A chunk that the new value left empty would end the body.
    if (moved > beforeMoved)
      chunks.push(extension === undefined ? [moved - beforeMoved] : [moved - beforeMoved, extension]);
    beforeMoved = moved;
  }
  return { kind: 'chunked', chunks };
}

function mendSizes(arrivals: Body['arrivals'], edits: readonly Edit<Uint8Array>[]): Body['arrivals'] {
  let before = 0;
  let beforeMoved = 0;
  return arrivals.map(([at, size]) => {
    before += size;
    const moved = movedBorder(before, edits);
    const mended = moved - beforeMoved;
    beforeMoved = moved;
    return [at, mended] as const;
  });
}

function withLength(fields: readonly HeaderField[], length: number): readonly HeaderField[] {
  return fields.map((field) => {
    const [name, , separator] = field;
    if (name.toLowerCase() !== 'content-length') return field;
    return separator === undefined ? [name, String(length)] : [name, String(length), separator];
  });
}

import type { Exchange, RequestMessage, TapeTime } from '../../../../tape/exchange.ts';
import { fieldValue, serializeRequestHead, serializeTrailers } from '../../../../wire/http1/head.ts';
import type { OutgoingRequest } from '../../request/replace-body.ts';

/** Bytes that are written at one moment. */
export interface Piece {
  /** Recorded nanoseconds from the request's start; behind a wait for 100 (Continue), from its arrival. */
  readonly after: TapeTime;
  readonly bytes: Uint8Array;
}

/** A request on the wire, as it was sent: what at once, and what when. */
export interface WirePieces {
  /** The head, and whatever came with it; the first is due at the start. */
  readonly pieces: readonly Piece[];
  /**
   * What the client sent only after it had seen 100 (Continue) (RFC 9110 section 10.1.1), with the recorded wait for
   * it, nanoseconds.
   */
  readonly afterContinue?: { readonly waited: TapeTime; readonly pieces: readonly Piece[] };
}

/** Bytes closer together than this, nanoseconds, are written at once. */
const togetherNs = 50_000;

/** Lays out a request as bytes in time, by the times of the recorded one. */
export function wirePieces(request: OutgoingRequest, recorded: Exchange): WirePieces {
  const { requestStart, requestEnd } = recorded.times;
  const interim = continueAt(recorded);
  const head = { at: requestStart, bytes: serializeRequestHead(request.message.head) };
  const body = bodyPieces(request, requestEnd);
  const waits = interim !== undefined && body.length > 0 && body.every(({ at }) => at >= interim);
  if (!waits) return { pieces: joined([head, ...body], requestStart) };
  return {
    pieces: joined([head], requestStart),
    afterContinue: { waited: interim - requestStart, pieces: joined(body, interim) },
  };
}

/** When the recorded client saw 100 (Continue), where it had asked for it. */
function continueAt(recorded: Exchange): TapeTime | undefined {
  const expect = fieldValue(recorded.request.head.fields, 'expect')?.toLowerCase();
  if (expect !== '100-continue') return undefined;
  return recorded.interim?.find(({ head }) => head.status === 100)?.at;
}

interface Timed {
  readonly at: TapeTime;
  readonly bytes: Uint8Array;
}

function bodyPieces({ message, body }: OutgoingRequest, requestEnd: TapeTime | undefined): readonly Timed[] {
  const { arrivals, framing } = message.body;
  const layout = framing.kind === 'chunked' ? new ChunkedLayout(framing.chunks, body) : undefined;
  const pieces: Timed[] = [];
  let from = 0;
  for (const [at, size] of arrivals) {
    const to = from + size;
    const bytes = layout === undefined ? body.subarray(from, to) : layout.take(to);
    if (bytes.length > 0) pieces.push({ at, bytes });
    from = to;
  }
  // A request that its client gave up on has no end.
  if (layout === undefined || requestEnd === undefined) return pieces;
  const last = pieces.at(-1)?.at ?? requestEnd;
  pieces.push({ at: Math.max(last, requestEnd), bytes: chunkedEnd(message) });
  return pieces;
}

/** The last chunk and the trailers: RFC 9112 section 7.1. */
function chunkedEnd(message: RequestMessage): Buffer {
  return Buffer.concat([
    Buffer.from('0\r\n'),
    serializeTrailers(message.trailers ?? []),
    Buffer.from('\r\n'),
  ]);
}

/** Writes a body in its recorded chunks, piece by piece. */
class ChunkedLayout {
  readonly #body: Uint8Array;
  readonly #chunks: readonly (readonly [size: number, extension?: string])[];
  #chunk = 0;
  /** Bytes of the current chunk that were taken. */
  #taken = 0;
  #at = 0;

  constructor(chunks: readonly (readonly [size: number, extension?: string])[], body: Uint8Array) {
    this.#chunks = chunks;
    this.#body = body;
  }

  /** The wire bytes up to body byte `to`: chunk heads as their first byte comes, and their ends with their last. */
  take(to: number): Buffer {
    const parts: Uint8Array[] = [];
    while (this.#at < to) {
      const [size = to - this.#at, extension = ''] = this.#chunks[this.#chunk] ?? [];
      if (this.#taken === 0) parts.push(Buffer.from(`${size.toString(16)}${extension}\r\n`, 'latin1'));
      const count = Math.min(size - this.#taken, to - this.#at);
      parts.push(this.#body.subarray(this.#at, this.#at + count));
      this.#at += count;
      this.#taken += count;
      if (this.#taken < size) break;
      parts.push(Buffer.from('\r\n'));
      this.#taken = 0;
      this.#chunk++;
    }
    return Buffer.concat(parts);
  }
}

function joined(timed: readonly Timed[], from: TapeTime): readonly Piece[] {
  const pieces: { after: TapeTime; parts: Uint8Array[] }[] = [];
  for (const { at, bytes } of timed) {
    const after = Math.max(0, at - from);
    const last = pieces.at(-1);
    if (last !== undefined && after - last.after <= togetherNs) last.parts.push(bytes);
    else pieces.push({ after, parts: [bytes] });
  }
  return pieces.map(({ after, parts }) => ({ after, bytes: Buffer.concat(parts) }));
}

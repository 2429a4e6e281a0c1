import type { DataRecord, Mark, MessageEndRecord, SkipRecord } from '../../../ledger/segment.ts';
import type { TapeTime } from '../../../tape/exchange.ts';
import type { GapCause } from '../../../tape/gap.ts';
import { CR, LF } from '../../../wire/http1/bytes.ts';
import type { Http1Head, Http1Sink, OpaqueCause } from '../../../wire/http1/events.ts';
import { Http1Scanner } from '../../../wire/http1/scanner.ts';
import type { GapTally } from '../gap-tally.ts';

/** What a lane tells of its sender's messages. All but `mayBegin` and `edge` are about the message that began last. */
export interface LaneEvents {
  /** Whether message `message` can be decoded; `begun` follows if so. */
  mayBegin(message: number): boolean;
  /** Why a message that may not begin is lost. */
  edge(): GapCause;
  begun(message: number, at: TapeTime, scanner: Http1Scanner): void;
  head(head: Http1Head, at: TapeTime): void;
  body(at: TapeTime, chunk: Uint8Array, start: number, end: number): void;
  chunk(size: number, extension: string): void;
  trailers(fields: Uint8Array): void;
  /** Bytes of its body were left out; it may still end. */
  lost(bytes: number, cause: GapCause): void;
  ended(at: TapeTime): void;
  /** It does not go on: `missing` bytes, or an unknown number (0), did not reach us. */
  cut(cause: GapCause, missing: number, at: TapeTime): void;
  /** The whole of message `message` was left out. */
  ignored(message: number, at: TapeTime): void;
  /** Its sender switched protocols at `offset`. Whether someone goes on there: else `opaque` follows. */
  switched(offset: number, at: TapeTime): boolean;
  /** No messages follow. */
  opaque(cause: GapCause, at: TapeTime): void;
}

/** `waiting` for a mark; `decoding`; `skipping` the rest of a message's body; `done` for good. */
type State = 'waiting' | 'decoding' | 'skipping' | 'done';

const opaqueGaps: Record<OpaqueCause, GapCause> = {
  upgrade: 'opaque',
  not_http: 'opaque',
  limit: 'opaque',
  malformed: 'malformed',
};

/**
 * The bytes of one sender of one connection, put together from records. It decodes only bytes that follow each other
 * without a hole, from a mark on: what comes before a mark is counted as a gap.
 */
export class Lane implements Http1Sink {
  readonly #kind: 'request' | 'response';
  readonly #events: LaneEvents;
  readonly #gaps: GapTally;
  #state: State = 'waiting';
  /** Why bytes are lost while waiting; `undefined` where nothing but empty lines can come before the next mark. */
  #why: GapCause | undefined;
  #scanner: Http1Scanner | undefined;
  /** Where the next byte stands in all that the sender sent; -1 before the first record. */
  #offset = -1;
  #at: TapeTime = 0;
  /** When bytes that were not decoded came last. */
  #missedAt = Number.NEGATIVE_INFINITY;
  #recordAt = 0;
  #recordEnd = 0;
  #message = -1;
  #beganAt = 0;
  #inMessage = false;
  #inHead = false;
  #refused = false;

  /** `why` names what is lost before the first mark. */
  constructor(kind: 'request' | 'response', events: LaneEvents, gaps: GapTally, why: GapCause) {
    this.#kind = kind;
    this.#events = events;
    this.#gaps = gaps;
    this.#why = why;
  }

  /** Where its sender's next byte stands, where that is known to begin a message. */
  get nextBegin(): number | undefined {
    return this.#state === 'decoding' && !this.#inMessage ? this.#offset : undefined;
  }

  /** The scanner of what is now decoded. */
  get scanner(): Http1Scanner | undefined {
    return this.#scanner;
  }

  /**
   * Why bytes that came at `since` or later were not decoded, if there were any and no mark has come behind them. An
   * answer to what was asked at `since` may be among them.
   */
  missedSince(since: TapeTime): GapCause | undefined {
    return this.#state === 'waiting' && this.#missedAt >= since ? this.#why : undefined;
  }

  /** A segment came. `why` names the hole before it, if there is one. */
  data({ bytes, offset, mark }: DataRecord, at: TapeTime, why: GapCause): void {
    this.#reach(offset, bytes.length, at, why);
    if (this.#scanner !== undefined) {
      this.#push(bytes, 0);
      return;
    }
    const given = mark ?? this.#firstMark(offset);
    const begin =
      given === undefined || given.at >= bytes.length || this.#state === 'done' ? undefined : given;
    this.#pass(bytes, begin?.at ?? bytes.length);
    if (begin === undefined) return;
    if (this.#state === 'skipping') this.#cut(why, 0);
    this.#state = 'decoding';
    this.#scanner = new Http1Scanner(this.#kind, this, begin.message);
    this.#push(bytes, begin.at);
  }

  /**
   * The client's first byte begins its first message. It has no mark where it was recorded before the observer knew what
   * it begins.
   */
  #firstMark(offset: number): Mark | undefined {
    return offset === 0 && this.#kind === 'request' ? { message: 0, at: 0 } : undefined;
  }

  /** Bytes were left out on purpose. */
  skip({ offset, length, message, cause }: SkipRecord, at: TapeTime, why: GapCause): void {
    this.#reach(offset, length, at, why);
    if (this.#state === 'done') return;
    if (cause === 'ignored') {
      this.#ignore(message);
      return;
    }
    const isBody = this.#inMessage && !this.#inHead && this.#message === message;
    if (isBody && this.#state !== 'waiting') {
      this.#events.lost(length, cause);
      this.#scanner = undefined;
      this.#state = 'skipping';
      return;
    }
    if (this.#state !== 'waiting') this.hole(cause, length);
    else if (this.#why !== undefined) this.#missedAt = at;
    this.#gaps.add(cause, 'bytes', length, at);
  }

  /** A message of which something was skipped ended. */
  messageEnd({ message, offset }: MessageEndRecord, at: TapeTime, why: GapCause): void {
    if (this.#state !== 'skipping' || message !== this.#message) return;
    this.#reach(offset, 0, at, why);
    if (this.#state !== 'skipping') return;
    this.#inMessage = false;
    this.#state = 'waiting';
    this.#why = undefined;
    this.#events.ended(at);
  }

  /** Bytes are missing here: the message at hand does not go on, and the next mark is awaited. */
  hole(why: GapCause, missing = 0): void {
    if (this.#state === 'done') return;
    if (this.#state !== 'waiting') this.#cut(why, missing);
    this.#wait(why);
  }

  /** What came at this time is not decoded, and the next mark is awaited. */
  #wait(why: GapCause): void {
    this.#state = 'waiting';
    this.#why = why;
    this.#missedAt = this.#at;
  }

  /** The sender closed its side in order: that ends a body without a length. `stop` follows. */
  finish(at: TapeTime): void {
    this.#at = at;
    this.#scanner?.finish();
  }

  /** Nothing more is decoded. Bytes of a head that is not whole are lost for `why`. */
  stop(why: GapCause): void {
    if (this.#inMessage && this.#inHead) this.#loseHead(why);
    this.#scanner = undefined;
    this.#state = 'done';
    this.#why = why;
  }

  /** Goes to `offset`, over a hole if there is one, and on by `length`. */
  #reach(offset: number, length: number, at: TapeTime, why: GapCause): void {
    this.#at = at;
    if (this.#offset !== -1 && offset !== this.#offset) this.hole(why, Math.max(0, offset - this.#offset));
    this.#recordAt = offset;
    this.#recordEnd = offset + length;
    this.#offset = this.#recordEnd;
  }

  /** The first `end` bytes are not decoded. */
  #pass(bytes: Uint8Array, end: number): void {
    if (this.#state === 'skipping') this.#events.lost(end, 'body_limit');
    else if (this.#why !== undefined) {
      this.#gaps.add(this.#why, 'bytes', end, this.#at);
      if (end > 0) this.#missedAt = this.#at;
    } else this.#gaps.add('malformed', 'bytes', notBlank(bytes, end), this.#at);
  }

  #push(bytes: Uint8Array, from: number): void {
    this.#scanner?.push(bytes, from, bytes.length);
    if (!this.#refused) return;
    this.#refused = false;
    this.#scanner = undefined;
    const why = this.#events.edge();
    this.#wait(why);
    this.#gaps.add(why, 'bytes', this.#recordEnd - this.#beganAt, this.#at);
  }

  #ignore(message: number): void {
    if (this.#inMessage && this.#inHead) this.#loseHead('ignored');
    else if (this.#inMessage) this.#cut('ignored', 0);
    this.#scanner = undefined;
    this.#inMessage = false;
    this.#state = 'waiting';
    this.#why = undefined;
    this.#events.ignored(message, this.#at);
  }

  #cut(why: GapCause, missing: number): void {
    if (this.#inMessage && this.#inHead) this.#loseHead(why);
    if (this.#inMessage) this.#events.cut(why, missing, this.#at);
    this.#scanner = undefined;
    this.#inMessage = false;
    this.#state = 'waiting';
  }

  /** What came of a head that will not be whole. `#offset` may already stand behind the hole. */
  #loseHead(why: GapCause): void {
    this.#gaps.add(why, 'bytes', this.#recordEnd - this.#beganAt, this.#at);
    this.#inHead = false;
  }

  onMessageBegin(message: number, at: number): void {
    this.#beganAt = this.#recordAt + at;
    this.#refused = !this.#events.mayBegin(message);
    if (this.#refused || this.#scanner === undefined) {
      this.#scanner?.abandon();
      return;
    }
    this.#message = message;
    this.#inMessage = true;
    this.#inHead = true;
    this.#events.begun(message, this.#at, this.#scanner);
  }

  onHead(head: Http1Head): void {
    this.#inHead = false;
    this.#events.head(head, this.#at);
  }

  onBody(chunk: Uint8Array, start: number, end: number): void {
    this.#events.body(this.#at, chunk, start, end);
  }

  onChunk(size: number, extension: string): void {
    this.#events.chunk(size, extension);
  }

  onTrailers(fields: Uint8Array): void {
    this.#events.trailers(fields);
  }

  onMessageEnd(): void {
    this.#inMessage = false;
    this.#events.ended(this.#at);
  }

  onOpaque(at: number, cause: OpaqueCause): void {
    if (cause === 'upgrade' && this.#events.switched(this.#recordAt + at, this.#at)) {
      this.stop('opaque');
      return;
    }
    const why = opaqueGaps[cause];
    const from = this.#inMessage && this.#inHead ? this.#beganAt : this.#recordAt + at;
    this.#gaps.add(why, 'bytes', this.#recordEnd - from, this.#at);
    if (this.#inMessage) this.#events.cut(why, 0, this.#at);
    this.#inMessage = false;
    this.stop(why);
    this.#events.opaque(why, this.#at);
  }
}

/** Bytes before `end` that are no empty lines. */
function notBlank(bytes: Uint8Array, end: number): number {
  let count = 0;
  for (let i = 0; i < end; i++) if (bytes[i] !== CR && bytes[i] !== LF) count++;
  return count;
}

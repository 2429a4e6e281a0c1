import { fieldIn } from './field.ts';

/** An event that a client would have been told of (WHATWG HTML, "Server-sent events"). */
export interface ServerSentEvent {
  /** When its last byte came, on the clock of `push`. */
  readonly at: number;
  /** The id that was set last, by this event or by one before it; empty where none was. */
  readonly id: string;
  /** `message` where the event names none. */
  readonly event: string;
  readonly data: string;
  /** Milliseconds that the client shall wait before it connects again; only where this event says so. */
  readonly retry?: number;
  /** It was longer than the limit: the end of its data is missing. */
  readonly cut?: true;
}

const LF = 10;
const CR = 13;
const firstRoom = 256;

/**
 * Reads the events out of a body of type `text/event-stream`, in whatever pieces it comes. Lines end in CR, LF or CRLF,
 * comments and unknown fields are passed over, a byte order mark at the start is taken off, and an event without data
 * is none. Of one event it keeps `limit` bytes.
 */
export class EventStream {
  readonly #onEvent: (event: ServerSentEvent) => void;
  readonly #limit: number;
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  /** What was kept of the line under way, its first `#length` bytes. */
  #line = Buffer.alloc(firstRoom);
  #length = 0;
  #blank = true;
  #lineCut = false;
  #afterCr = false;
  #first = true;
  /** Bytes of the event's lines of data. */
  #dataBytes = 0;
  #cut = false;
  #lastId = '';
  #event = '';
  #data: string[] = [];
  #retry: number | undefined;

  constructor(onEvent: (event: ServerSentEvent) => void, limit: number) {
    this.#onEvent = onEvent;
    this.#limit = limit;
  }

  /** Whether something of an event has come, but not its end. */
  get inEvent(): boolean {
    return !this.#blank || this.#data.length > 0;
  }

  /** Takes the next bytes of the body: `chunk` from `start` to `end`, which came at `at`. */
  push(chunk: Uint8Array, start: number, end: number, at: number): void {
    let from = start;
    for (let pos = start; pos < end; pos++) {
      const byte = chunk[pos];
      const secondHalf = byte === LF && this.#afterCr;
      this.#afterCr = byte === CR;
      if (secondHalf) from = pos + 1;
      else if (byte === LF || byte === CR) {
        this.#hold(chunk, from, pos);
        from = pos + 1;
        this.#takeLine(at);
      }
    }
    this.#hold(chunk, from, end);
  }

  #hold(chunk: Uint8Array, from: number, to: number): void {
    if (to === from) return;
    this.#blank = false;
    const kept = Math.min(to - from, this.#limit - this.#dataBytes - this.#length);
    if (kept < to - from) this.#lineCut = true;
    const length = this.#length + kept;
    if (length > this.#line.length) {
      const grown = Buffer.alloc(Math.max(length, 2 * this.#line.length));
      grown.set(this.#line.subarray(0, this.#length));
      this.#line = grown;
    }
    this.#line.set(chunk.subarray(from, from + kept), this.#length);
    this.#length = length;
  }

  #takeLine(at: number): void {
    let line = this.#decoder.decode(this.#line.subarray(0, this.#length));
    const blank = this.#blank || (this.#first && line === '\ufeff');
    if (this.#first && line.startsWith('\ufeff')) line = line.slice(1);
    this.#first = false;
    this.#blank = true;
    if (blank) this.#dispatch(at);
    else this.#takeField(line, this.#length);
    this.#length = 0;
    this.#lineCut = false;
  }

  #takeField(line: string, bytes: number): void {
    if (this.#lineCut && !line.startsWith(':')) this.#cut = true;
    const field = fieldIn(line);
    if (field === undefined) return;
    const { name, value } = field;
    if (name === 'data') {
      this.#data.push(value);
      this.#dataBytes += bytes;
    } else if (name === 'event') this.#event = value;
    else if (name === 'id' && !value.includes('\0')) this.#lastId = value;
    else if (name === 'retry' && /^\d+$/.test(value)) this.#retry = Number(value);
  }

  #dispatch(at: number): void {
    if (this.#data.length > 0) {
      this.#onEvent({
        at,
        id: this.#lastId,
        event: this.#event === '' ? 'message' : this.#event,
        data: this.#data.join('\n'),
        ...(this.#retry === undefined ? {} : { retry: this.#retry }),
        ...(this.#cut ? { cut: true as const } : {}),
      });
    }
    this.#dataBytes = 0;
    this.#cut = false;
    this.#event = '';
    this.#data = [];
    this.#retry = undefined;
  }
}

/** The events of a whole body, with the times of its `arrivals`. */
export function eventsOf(
  body: Uint8Array,
  arrivals: readonly (readonly [at: number, bytes: number])[],
): readonly ServerSentEvent[] {
  const events: ServerSentEvent[] = [];
  const stream = new EventStream((event) => events.push(event), body.length);
  let from = 0;
  for (const [at, bytes] of arrivals) {
    stream.push(body, from, from + bytes, at);
    from += bytes;
  }
  return events;
}

/** Where the events of a body end: behind the first byte of each empty line's end. */
export function eventEnds(body: Uint8Array): readonly number[] {
  const ends: number[] = [];
  let [blank, afterCr] = [true, false];
  for (const [at, byte] of body.entries()) {
    const secondHalf = byte === LF && afterCr;
    afterCr = byte === CR;
    if (secondHalf) continue;
    if (byte !== LF && byte !== CR) blank = false;
    else {
      if (blank) ends.push(at + 1);
      blank = true;
    }
  }
  return ends;
}

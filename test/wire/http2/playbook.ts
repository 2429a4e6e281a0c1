import { preface } from '../../../wire/first-bytes.ts';
import { Http2Connection, type Http2Options } from '../../../wire/http2/connection.ts';
import { wantedNames } from '../../../wire/http2/core-names.ts';
import type { FieldBlock, Http2Sender, Http2Sink, Http2Stream } from '../../../wire/http2/events.ts';
import { settings, settingsAck } from './frames.ts';

/** What one sender sent at one moment. */
export interface Segment {
  readonly sender: Http2Sender;
  readonly bytes: Uint8Array;
}

export const client = (...frames: readonly Uint8Array[]): Segment => ({
  sender: 'client',
  bytes: Buffer.concat(frames),
});
export const service = (...frames: readonly Uint8Array[]): Segment => ({
  sender: 'service',
  bytes: Buffer.concat(frames),
});

/** Both sides' first frames. */
export const opening: readonly Segment[] = [
  client(preface, settings()),
  service(settings(), settingsAck),
  client(settingsAck),
];

/** Writes down what a connection tells; content that follows content of its stream is one entry. */
export class Log implements Http2Sink<string> {
  readonly entries: string[] = [];
  opaque: string | undefined;
  #content: string | undefined;

  /** A log that goes on from here. */
  copy(): Log {
    const copy = new Log();
    copy.entries.push(...this.entries);
    copy.#content = this.#content;
    return copy;
  }

  #add(entry: string): void {
    if (this.opaque !== undefined) throw new Error('something is told of an opaque connection');
    this.#content = undefined;
    this.entries.push(entry);
  }

  #block(kind: string, { id }: Http2Stream<string>, { fields, endStream }: FieldBlock): void {
    this.#add(`${id} ${kind}${endStream ? ' last' : ''} ${JSON.stringify(fields)}`);
  }

  onRequest(stream: Http2Stream<string>, block: FieldBlock): void {
    stream.own = `own ${stream.id}`;
    this.#block(`request ${stream.method} ${stream.path}`, stream, block);
  }

  onResponse(stream: Http2Stream<string>, status: number, block: FieldBlock): void {
    this.#block(`response ${status}`, stream, block);
  }

  onTrailers(stream: Http2Stream<string>, sender: Http2Sender, block: FieldBlock): void {
    this.#block(`trailers of ${sender}`, stream, block);
  }

  onData(
    stream: Http2Stream<string>,
    sender: Http2Sender,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): void {
    const what = `${stream.id} data of ${sender} `;
    const content = Buffer.from(bytes.subarray(start, end)).toString('latin1');
    if (this.#content === what) this.entries[this.entries.length - 1] += content;
    else this.#add(what + content);
    this.#content = what;
  }

  onStrayData(sender: Http2Sender, start: number, end: number): void {
    const what = `stray data of ${sender} `;
    const marks = '.'.repeat(end - start);
    if (this.#content === what) this.entries[this.entries.length - 1] += marks;
    else this.#add(what + marks);
    this.#content = what;
  }

  onSkipped({ id }: Http2Stream<string>, sender: Http2Sender, length: number): void {
    this.#add(`${id} skipped of ${sender} ${length}`);
  }

  onEnd({ id }: Http2Stream<string>, sender: Http2Sender, inHeaders: boolean): void {
    this.#add(`${id} end of ${sender}${inHeaders ? ' in headers' : ''}`);
  }

  onReset({ id }: Http2Stream<string>, sender: Http2Sender, code: number): void {
    this.#add(`${id} reset by ${sender} ${code}`);
  }

  onPush({ fields }: FieldBlock): void {
    this.#add(`push ${JSON.stringify(fields)}`);
  }

  onGoaway(sender: Http2Sender, last: number, code: number): void {
    this.#add(`goaway of ${sender} ${last} ${code}`);
  }

  onOpaque(cause: string): void {
    this.#add(`opaque ${cause}`);
    this.opaque = cause;
  }
}

/** Gives each segment in a buffer of its own, which is spoilt after the call. */
export function pushAll(connection: Http2Connection<string>, segments: Iterable<Segment>): void {
  for (const { sender, bytes } of segments) {
    const piece = Uint8Array.from(bytes);
    connection.push(sender, piece, 0, piece.length);
    piece.fill(0x21);
  }
}

/** What is told of these segments by a connection that keeps all fields. */
export function follow(
  segments: Iterable<Segment>,
  options: Http2Options = {},
): { readonly log: Log; readonly connection: Http2Connection<string> } {
  const log = new Log();
  const connection = new Http2Connection(log, {
    wanted: wantedNames(['cookie']),
    keepsAll: true,
    ...options,
  });
  pushAll(connection, segments);
  return { log, connection };
}

/** What is told of segments behind the opening. */
export function told(...segments: readonly Segment[]): string[] {
  return follow([...opening, ...segments]).log.entries;
}

/** Why the connection is opaque behind these segments; `undefined` where it is not. */
export function opaqueAfter(...segments: readonly Segment[]): string | undefined {
  return follow([...opening, ...segments]).log.opaque;
}

/** The same bytes in segments of these sizes, over and over; senders take turns as before. */
export function* recut(segments: Iterable<Segment>, sizes: readonly number[]): Iterable<Segment> {
  let i = 0;
  for (const { sender, bytes } of segments) {
    for (let at = 0; at < bytes.length; ) {
      const size = sizes[i++ % sizes.length] ?? 1;
      yield { sender, bytes: bytes.subarray(at, at + size) };
      at += size;
    }
  }
}

import { Breach } from './breach.ts';
import { wantedNames } from './core-names.ts';
import type { Http2Sender, Http2Sink } from './events.ts';
import { Floods } from './floods.ts';
import type { WantedNames } from './hpack/wanted-names.ts';
import { type Shared, Side } from './side.ts';
import { StateReader, StateWriter } from './state-bytes.ts';
import { Http2Stream } from './stream.ts';
import { StreamTable } from './stream-table.ts';

/** What came before HTTP/2 on a connection that HTTP/1.1 upgraded (RFC 7540 section 3.2). */
export interface Upgraded {
  /** The request that stream 1 answers. */
  readonly method: string;
  readonly path: string;
  /** What the HTTP2-Settings field holds, taken out of its base64url. */
  readonly settings: Uint8Array;
}

export interface Http2Options {
  /** See `wantedNames`. */
  readonly wanted?: WantedNames;
  /** Whether blocks hold all fields. */
  readonly keepsAll?: boolean;
  readonly upgraded?: Upgraded;
}

const stateFormat = 1;
const noNames = wantedNames();
const writer = new StateWriter();

/**
 * Follows an HTTP/2 connection from its beginning, or from a state: both senders' bytes in, events out. It owns no
 * socket, changes nothing, and keeps what `limits` bounds. What breaks the protocol (RFC 9113, RFC 7541) makes the
 * connection opaque, since nobody can tell how its peers read on.
 */
export class Http2Connection<T> implements Shared<T> {
  readonly client: Side<T>;
  readonly service: Side<T>;
  readonly streams = new StreamTable<T>();
  readonly floods = new Floods();
  readonly sink: Http2Sink<T>;
  #opaque = false;

  constructor(sink: Http2Sink<T>, { wanted = noNames, keepsAll = false, upgraded }: Http2Options = {}) {
    this.sink = sink;
    this.client = new Side('client', this, wanted, keepsAll, true);
    this.service = new Side('service', this, wanted, keepsAll, false);
    if (upgraded !== undefined) this.#upgrade(upgraded);
  }

  get opaque(): boolean {
    return this.#opaque;
  }

  /** Takes the next bytes of a sender: `bytes` from `start` to `end`, a segment or a part of one. */
  push(sender: Http2Sender, bytes: Uint8Array, start: number, end: number): void {
    if (this.#opaque) return;
    const side = sender === 'client' ? this.client : this.service;
    side.segments++;
    side.offset += end - start;
    try {
      side.scanner.push(bytes, start, end);
    } catch (fault) {
      this.#fail(fault);
    }
  }

  /**
   * The next `length` bytes of a sender are content of one DATA frame and are not there; `onSkipped` tells of which
   * stream. Answers whether that can be; where it cannot, nothing changes.
   */
  skip(sender: Http2Sender, length: number): boolean {
    return !this.#opaque && (sender === 'client' ? this.client : this.service).skip(length);
  }

  /** A while has gone by, a second or so: what floods are counted by begins anew. */
  calm(): void {
    this.floods.calm();
  }

  /** Follows it no further, without telling the sink, and keeps nothing. */
  abandon(): void {
    this.#opaque = true;
    this.streams.clear();
    this.client.release();
    this.service.release();
  }

  /**
   * All that is needed to follow the connection from here on, what a sink keeps aside. Between calls of `push` alone. A
   * view, valid until the next call for any connection.
   */
  encodeState(): Buffer {
    writer.begin();
    writer.number(stateFormat);
    this.streams.write(writer);
    this.client.write(writer);
    this.service.write(writer);
    return writer.written;
  }

  /** Goes on from what `encodeState` gave; `undefined` where that cannot be such. */
  static fromState<T>(
    bytes: Uint8Array,
    sink: Http2Sink<T>,
    options: Http2Options = {},
  ): Http2Connection<T> | undefined {
    const connection = new Http2Connection(sink, options);
    try {
      connection.#read(new StateReader(bytes));
      return connection;
    } catch (fault) {
      if (fault instanceof RangeError || fault instanceof Breach) return undefined;
      throw fault;
    }
  }

  #read(state: StateReader): void {
    if (state.number() !== stateFormat) throw new RangeError('a state of another format');
    this.streams.read(state);
    this.client.read(state);
    this.service.read(state);
    if (!state.atEnd) throw new RangeError('the state has more than it should');
  }

  #upgrade({ method, path, settings }: Upgraded): void {
    try {
      this.client.announced.announce(settings, 0, settings.length);
      this.service.acknowledge();
    } catch (fault) {
      this.#fail(fault);
    }
    const stream = new Http2Stream<T>(1, method, path, 0);
    stream.client.state = 'ended';
    this.streams.add(stream);
  }

  #fail(fault: unknown): void {
    if (!(fault instanceof Breach)) throw fault;
    this.#opaque = true;
    this.sink.onOpaque(fault.opaque);
  }
}

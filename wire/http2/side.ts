import { malformed } from './breach.ts';
import type { FieldBlock, Http2Sender, Http2Sink } from './events.ts';
import type { Floods } from './floods.ts';
import { frameFlags, frameTypes, uint31, uint32 } from './frame.ts';
import { FrameScanner, type FrameSink } from './frame-scanner.ts';
import { HeaderBlock } from './header-block.ts';
import { HpackDecoder } from './hpack/decoder.ts';
import type { WantedNames } from './hpack/wanted-names.ts';
import { AnnouncedSettings } from './settings.ts';
import type { StateReader, StateWriter } from './state-bytes.ts';
import type { Http2Stream, StreamMessage } from './stream.ts';
import { StreamHeads } from './stream-heads.ts';
import type { StreamTable } from './stream-table.ts';

const largestWindow = 0x7fffffff;

/** What both sides of a connection share. */
export interface Shared<T> {
  readonly client: Side<T>;
  readonly service: Side<T>;
  readonly streams: StreamTable<T>;
  readonly floods: Floods;
  readonly sink: Http2Sink<T>;
}

/** Follows the frames of one sender (RFC 9113 sections 5 and 6). Breaches are thrown. */
export class Side<T> implements FrameSink, FieldBlock {
  endStream = false;
  readonly sender: Http2Sender;
  readonly scanner: FrameScanner;
  readonly decoder: HpackDecoder;
  /** What it allows the other side. */
  readonly announced = new AnnouncedSettings();
  /** Bytes that it has sent on the connection, what came before HTTP/2 too; and in how many segments. */
  offset = 0;
  segments = 0;
  readonly #shared: Shared<T>;
  readonly #heads: StreamHeads<T>;
  readonly #block = new HeaderBlock();
  /** Its first frame has come: SETTINGS, as it must be. */
  #begun = false;
  /** DATA that it may still send on the connection. */
  #window = 65_535;
  /** Of the DATA frame at hand, if its stream is followed. */
  #stream: Http2Stream<T> | undefined = undefined;
  #message: StreamMessage | undefined = undefined;
  #isEmpty = false;

  constructor(
    sender: Http2Sender,
    shared: Shared<T>,
    wanted: WantedNames,
    keepsAll: boolean,
    preface: boolean,
  ) {
    this.sender = sender;
    this.#shared = shared;
    this.scanner = new FrameScanner(this, preface);
    this.decoder = new HpackDecoder(wanted, keepsAll);
    this.#heads = new StreamHeads(shared, this);
  }

  get values(): readonly (string | undefined)[] {
    return this.decoder.values;
  }

  get fields(): FieldBlock['fields'] {
    return this.decoder.fields;
  }

  get #other(): Side<T> {
    return this.sender === 'client' ? this.#shared.service : this.#shared.client;
  }

  /** Content of DATA came and is not there. Answers whether that can be. */
  skip(length: number): boolean {
    const [stream, message] = [this.#stream, this.#message];
    if (this.scanner.contentLeft < length) return false;
    this.offset += length;
    if (stream !== undefined && message !== undefined && length > 0) {
      message.bytes += length;
      if (message.messages?.skip(length) === false) message.messages = undefined;
      this.#shared.sink.onSkipped?.(stream, this.sender, length);
    }
    this.scanner.skip(length);
    return true;
  }

  /** Gives the memory of what has begun back. */
  release(): void {
    this.#block.end();
    this.scanner.release();
    this.decoder.table.resize(0);
  }

  write(state: StateWriter): void {
    state.number(this.offset);
    state.flag(this.#begun);
    state.number(this.#window);
    state.number(this.#stream?.id ?? 0);
    this.#block.write(state);
    this.scanner.write(state);
    this.announced.write(state);
    this.decoder.write(state);
  }

  /** The streams have to be there already. */
  read(state: StateReader): void {
    this.offset = state.number();
    this.#begun = state.flag();
    this.#window = state.number();
    this.#stream = this.#shared.streams.get(state.number());
    this.#message = this.#stream?.message(this.sender);
    this.#block.read(state);
    this.scanner.read(state);
    this.announced.read(state);
    this.decoder.read(state);
  }

  onDataBegin(id: number, length: number): void {
    if (id === 0 || this.#block.stream !== 0 || !this.#begun) malformed('DATA where none may be');
    this.#window -= length;
    if (this.#window < 0) malformed('DATA past the window of the connection');
    this.#isEmpty = length === 0;
    const stream = this.#shared.streams.get(id);
    this.#stream = stream;
    this.#message = undefined;
    if (stream === undefined) {
      if (this.#shared.streams.isIdle(id)) malformed('DATA of a stream that is not open');
      return;
    }
    const message = stream.message(this.sender);
    if (message.state !== 'open') malformed('DATA where no body may be');
    message.credit -= length;
    if (message.credit < 0 && this.#other.announced.most('initialWindow') + message.credit < 0) {
      malformed('DATA past the window of its stream');
    }
    this.#message = message;
  }

  onDataContent(bytes: Uint8Array, start: number, end: number): void {
    const stream = this.#stream;
    const message = this.#message;
    if (stream === undefined || message === undefined) {
      this.#shared.sink.onStrayData(this.sender, start, end);
      return;
    }
    this.#shared.sink.onData(stream, this.sender, bytes, start, end);
    message.bytes += end - start;
    message.messages?.push(bytes, start, end);
  }

  onDataEnd(endStream: boolean): void {
    if (this.#isEmpty && !endStream) this.#shared.floods.idle();
    else this.#shared.floods.progress();
    const stream = this.#stream;
    this.#stream = undefined;
    this.#message = undefined;
    if (endStream && stream !== undefined) this.#heads.end(stream, false);
  }

  onUnknownFrame(): void {
    if (this.#block.stream !== 0 || !this.#begun) malformed('a frame where none may be');
    this.#shared.floods.idle();
  }

  onFrame(type: number, flags: number, id: number, bytes: Uint8Array, start: number, end: number): void {
    if ((this.#block.stream !== 0) !== (type === frameTypes.continuation)) malformed('a broken header block');
    if (!this.#begun) this.#begin(type, flags);
    switch (type) {
      case frameTypes.headers:
        this.#headers(flags, id, bytes, start, end);
        break;
      case frameTypes.continuation:
        if (id !== this.#block.stream) malformed('a CONTINUATION of another stream');
        this.#fragment(flags, bytes, start, end);
        break;
      case frameTypes.windowUpdate:
        this.#windowUpdate(id, uint31(bytes, start));
        break;
      case frameTypes.rstStream:
        this.#reset(id, uint32(bytes, start));
        break;
      case frameTypes.settings:
        this.#settings(flags, id, bytes, start, end);
        break;
      case frameTypes.pushPromise:
        this.#promise(flags, id, bytes, start, end);
        break;
      case frameTypes.ping:
        if (id !== 0) malformed('a PING of a stream');
        this.#shared.floods.idle();
        break;
      case frameTypes.goaway:
        if (id !== 0) malformed('a GOAWAY of a stream');
        this.#shared.sink.onGoaway(this.sender, uint31(bytes, start), uint32(bytes, start + 4));
        break;
      case frameTypes.priority:
        if (id === 0) malformed('a PRIORITY of no stream');
        this.#shared.floods.idle();
        break;
    }
  }

  #begin(type: number, flags: number): void {
    if (type !== frameTypes.settings || (flags & frameFlags.ack) !== 0) malformed('no SETTINGS first');
    this.#begun = true;
  }

  #headers(flags: number, id: number, bytes: Uint8Array, start: number, end: number): void {
    if (id === 0) malformed('HEADERS of no stream');
    const from = behindPadLength(flags, start) + ((flags & frameFlags.priority) !== 0 ? 5 : 0);
    const to = beforePadding(flags, bytes, start, end);
    if (from > to) malformed('more padding than payload');
    this.#block.begin(id, (flags & frameFlags.endStream) !== 0, false);
    this.#fragment(flags, bytes, from, to);
  }

  #promise(flags: number, id: number, bytes: Uint8Array, start: number, end: number): void {
    const { client, streams } = this.#shared;
    if (this.sender === 'client' || !client.announced.allowed.push) malformed('a push that is not allowed');
    if (id % 2 === 0 || streams.isIdle(id)) malformed('a push for no stream');
    const from = behindPadLength(flags, start) + 4;
    const to = beforePadding(flags, bytes, start, end);
    if (from > to) malformed('more padding than payload');
    const promised = uint31(bytes, from - 4);
    if (promised % 2 === 1 || !streams.isIdle(promised)) malformed('a push on a stream of the client');
    streams.lastPushed = promised;
    this.#block.begin(id, false, true);
    this.#fragment(flags, bytes, from, to);
  }

  /** A part of a header block; nearly always it is all of it and is decoded where it stands. */
  #fragment(flags: number, bytes: Uint8Array, from: number, to: number): void {
    const block = this.#block;
    const isLast = (flags & frameFlags.endHeaders) !== 0;
    if (isLast && block.held.length === 0) this.decoder.decode(bytes, from, to);
    else {
      block.add(bytes, from, to);
      if (!isLast) return;
      this.decoder.decode(block.held.bytes, 0, block.held.length);
    }
    const { stream, isPromise } = block;
    this.endStream = block.endStream;
    block.end();
    this.#shared.floods.progress();
    if (isPromise) this.#shared.sink.onPush(this);
    else if (this.sender === 'client') this.#heads.request(stream);
    else this.#heads.response(stream);
  }

  #reset(id: number, code: number): void {
    const { streams, floods, sink } = this.#shared;
    const stream = streams.get(id);
    if (stream === undefined) {
      if (id === 0 || streams.isIdle(id)) malformed('a reset of no stream');
      floods.idle();
      return;
    }
    if (this.sender === 'client' && this.segments - stream.openedIn <= 1) floods.rapidReset();
    streams.remove(stream);
    sink.onReset(stream, this.sender, code);
  }

  #settings(flags: number, id: number, bytes: Uint8Array, start: number, end: number): void {
    const other = this.#other;
    if (id !== 0) malformed('SETTINGS of a stream');
    this.#shared.floods.idle();
    if ((flags & frameFlags.ack) === 0) {
      this.announced.announce(bytes, start, end);
      other.decoder.announce(this.announced.most('tableSize'));
    } else {
      if (end > start) malformed('an acknowledgement with settings');
      this.acknowledge();
    }
    other.scanner.longest = this.announced.most('frameSize');
    this.scanner.longest = other.announced.most('frameSize');
  }

  /** It acknowledges the oldest SETTINGS of the other side. */
  acknowledge(): void {
    const { announced } = this.#other;
    const { leastTable, tableSize } = announced.acknowledged();
    this.decoder.acknowledge(leastTable, tableSize, announced.most('tableSize'));
  }

  #windowUpdate(id: number, increment: number): void {
    const { streams, floods } = this.#shared;
    floods.idle();
    if (increment === 0) malformed('a WINDOW_UPDATE of nothing');
    const other = this.#other;
    if (id === 0) {
      other.#window += increment;
      if (other.#window > largestWindow) malformed('a window past 2^31 - 1');
      return;
    }
    const stream = streams.get(id);
    if (stream === undefined) {
      if (streams.isIdle(id)) malformed('a WINDOW_UPDATE of no stream');
      return;
    }
    const message = stream.message(other.sender);
    message.credit += increment;
    if (this.announced.newest.initialWindow + message.credit > largestWindow)
      malformed('a window past 2^31 - 1');
  }
}

function behindPadLength(flags: number, start: number): number {
  return (flags & frameFlags.padded) === 0 ? start : start + 1;
}

function beforePadding(flags: number, bytes: Uint8Array, start: number, end: number): number {
  return (flags & frameFlags.padded) === 0 ? end : end - (bytes[start] ?? 0);
}

import type { Body, ExchangeTimes } from '../exchange.ts';
import { tapeFormat } from '../manifest.ts';
import type { FrameSize } from './frame-writer.ts';
import {
  failureCodes,
  flags,
  frame,
  header,
  magic,
  noString,
  protocolCodes,
  row,
  targetLimit,
} from './index-layout.ts';
import type { ExchangeRecord } from './record-schema.ts';

const rowsABlock = 4096;

/** Where a record lies. */
export interface RecordPlace {
  readonly frame: number;
  readonly offset: number;
  readonly bytes: number;
}

/** What the rows tell once all are there. */
export interface RowOrder {
  /** Row numbers (in order of arrival) by id; id 1 is first. */
  readonly rows: Uint32Array;
  /** Ids 1 to `payloads` are the inbound exchanges of the primary service. */
  readonly payloads: number;
  readonly connections: number;
}

/** Collects the rows of the index as exchanges complete: 88 bytes an exchange, and each distinct string once. */
export class IndexRows {
  count = 0;
  readonly #blocks: Buffer[] = [];
  readonly #strings = new Map<string, number>();

  /** Appends a row and returns its number. */
  append(record: ExchangeRecord, place: RecordPlace): number {
    const number = this.count++;
    if (number % rowsABlock === 0) this.#blocks.push(Buffer.alloc(rowsABlock * row.width));
    this.#fill(this.#row(number), record, place);
    return number;
  }

  #row(number: number): Buffer {
    const block = this.#blocks[Math.floor(number / rowsABlock)];
    if (block === undefined) throw new RangeError(`row ${number} of ${this.count}`);
    const start = (number % rowsABlock) * row.width;
    return block.subarray(start, start + row.width);
  }

  #fill(bytes: Buffer, record: ExchangeRecord, place: RecordPlace): void {
    const { request, response, times } = record;
    writeTimes(bytes, times);
    bytes.writeUInt32LE(request.body.size, row.requestBytes);
    bytes.writeUInt32LE(response?.body.size ?? 0, row.responseBytes);
    bytes.writeUInt32LE(record.connection, row.connection);
    bytes.writeUInt32LE(record.message, row.message);
    bytes.writeUInt16LE(response?.head.status ?? 0, row.status);
    bytes.writeUInt16LE(flagsOf(record), row.flags);
    bytes.writeUInt8(record.failure === undefined ? 0 : failureCodes[record.failure], row.failure);
    bytes.writeUInt8(protocolCodes[record.protocol], row.protocol);
    bytes.writeUInt32LE(this.#intern(request.head.method), row.method);
    bytes.writeUInt32LE(this.#intern(request.head.target.slice(0, targetLimit)), row.target);
    bytes.writeUInt32LE(this.#intern(record.service), row.service);
    bytes.writeUInt32LE(record.session === undefined ? noString : this.#intern(record.session), row.session);
    bytes.writeUInt32LE(place.frame, row.recordFrame);
    bytes.writeUInt32LE(place.offset, row.recordOffset);
    bytes.writeUInt32LE(place.bytes, row.recordBytes);
  }

  #intern(text: string): number {
    const known = this.#strings.get(text);
    if (known !== undefined) return known;
    const number = this.#strings.size;
    this.#strings.set(text, number);
    return number;
  }

  /**
   * Orders the rows: first the inbound exchanges of the primary service, then all others; in each by request start,
   * then connection, message and arrival.
   */
  order(primary: string): RowOrder {
    const primaryString = this.#strings.get(primary);
    const starts = new Float64Array(this.count);
    const connections = new Uint32Array(this.count);
    const messages = new Uint32Array(this.count);
    const others = new Uint8Array(this.count);
    let payloads = 0;
    for (let number = 0; number < this.count; number++) {
      const bytes = this.#row(number);
      starts[number] = bytes.readDoubleLE(row.requestStart);
      connections[number] = bytes.readUInt32LE(row.connection);
      messages[number] = bytes.readUInt32LE(row.message);
      const outbound = (bytes.readUInt16LE(row.flags) & flags.outbound) !== 0;
      const other = outbound || bytes.readUInt32LE(row.service) !== primaryString;
      others[number] = other ? 1 : 0;
      if (!other) payloads++;
    }
    const by = (column: Float64Array | Uint32Array | Uint8Array, a: number, b: number): number =>
      (column[a] ?? 0) - (column[b] ?? 0);
    const rows = Uint32Array.from({ length: this.count }, (_, number) => number).sort(
      (a, b) => by(others, a, b) || by(starts, a, b) || by(connections, a, b) || by(messages, a, b) || a - b,
    );
    return { rows, payloads, connections: new Set(connections).size };
  }

  /** The bytes of the index, in pieces. */
  *encode(
    order: RowOrder,
    exchangeFrames: readonly FrameSize[],
    bodyFrames: readonly FrameSize[],
  ): Iterable<Buffer> {
    const strings = [...this.#strings.keys()];
    const ends = encodeEnds(strings);
    const head = Buffer.alloc(header.width);
    magic.copy(head);
    head.writeUInt32LE(tapeFormat, header.format);
    head.writeUInt32LE(row.width, header.rowWidth);
    head.writeUInt32LE(this.count, header.exchanges);
    head.writeUInt32LE(order.payloads, header.payloads);
    head.writeUInt32LE(exchangeFrames.length, header.exchangeFrames);
    head.writeUInt32LE(bodyFrames.length, header.bodyFrames);
    head.writeUInt32LE(strings.length, header.strings);
    head.writeUInt32LE(ends.stringBytes, header.stringBytes);
    yield head;
    yield encodeFrames(exchangeFrames);
    yield encodeFrames(bodyFrames);
    for (let at = 0; at < this.count; at += rowsABlock) {
      yield Buffer.concat([...order.rows.subarray(at, at + rowsABlock)].map((number) => this.#row(number)));
    }
    yield ends.bytes;
    for (let at = 0; at < strings.length; at += rowsABlock) {
      yield Buffer.concat(strings.slice(at, at + rowsABlock).map((text) => Buffer.from(text)));
    }
  }
}

function writeTimes(bytes: Buffer, times: ExchangeTimes): void {
  bytes.writeDoubleLE(times.requestStart, row.requestStart);
  bytes.writeDoubleLE(times.requestEnd ?? Number.NaN, row.requestEnd);
  bytes.writeDoubleLE(times.responseStart ?? Number.NaN, row.responseStart);
  bytes.writeDoubleLE(times.responseEnd ?? Number.NaN, row.responseEnd);
}

function flagsOf(record: ExchangeRecord): number {
  return (
    (record.direction === 'outbound' ? flags.outbound : 0) |
    (isTruncated(record.request.body) ? flags.requestTruncated : 0) |
    (isTruncated(record.response?.body) ? flags.responseTruncated : 0) |
    (record.triggers?.length ? flags.triggered : 0) |
    (record.gaps?.length ? flags.hasGaps : 0) |
    (record.request.head.target.length > targetLimit ? flags.targetCut : 0) |
    (record.request.head.partial ? flags.partial : 0)
  );
}

function isTruncated(body: Body | undefined): boolean {
  return body?.lost !== undefined || body?.missed !== undefined || body?.dropped !== undefined;
}

function encodeFrames(frames: readonly FrameSize[]): Buffer {
  const bytes = Buffer.alloc(frames.length * frame.width);
  frames.forEach(({ compressed, content }, number) => {
    bytes.writeUInt32LE(compressed, number * frame.width + frame.compressed);
    bytes.writeUInt32LE(content, number * frame.width + frame.content);
  });
  return bytes;
}

function encodeEnds(strings: readonly string[]): { readonly bytes: Buffer; readonly stringBytes: number } {
  const bytes = Buffer.alloc(strings.length * 4);
  let end = 0;
  strings.forEach((text, number) => {
    end += Buffer.byteLength(text);
    bytes.writeUInt32LE(end, number * 4);
  });
  return { bytes, stringBytes: end };
}

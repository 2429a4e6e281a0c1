import type { ExchangeFailure, ExchangeTimes, Protocol } from '../exchange.ts';
import { tapeFormat } from '../manifest.ts';
import type { ExchangeSummary } from '../summary.ts';
import { damaged, foreign, tooLarge, tooNew } from './faults.ts';
import { FrameTable } from './frame-table.ts';
import { failureCodes, flags, frame, header, magic, noString, protocolCodes, row } from './index-layout.ts';
import type { RecordPlace } from './index-rows.ts';
import { limits } from './limits.ts';

const failures = new Map<number, ExchangeFailure>(
  (Object.keys(failureCodes) as ExchangeFailure[]).map((failure) => [failureCodes[failure], failure]),
);

const protocols = new Map<number, Protocol>(
  (Object.keys(protocolCodes) as Protocol[]).map((protocol) => [protocolCodes[protocol], protocol]),
);

/** Paths of the three parts, for errors and reading. */
export interface PartPaths {
  readonly exchanges: string;
  readonly index: string;
  readonly bodies: string;
}

/** The sections of an index whose sizes were checked. */
interface Sections {
  readonly rows: Buffer;
  readonly stringEnds: Buffer;
  readonly strings: Buffer;
}

/** A parsed `exchanges.idx`. Rows are read where they lie, when asked for. */
export class TapeIndex {
  /** The format of the index, and so of the records. */
  readonly format: number;
  readonly exchanges: number;
  readonly payloads: number;
  readonly exchangeFrames: FrameTable;
  readonly bodyFrames: FrameTable;
  readonly #part: string;
  readonly #sections: Sections;

  /** @throws `tape-foreign`, `tape-too-new`, `tape-too-large` or `tape-damaged`, naming the index. */
  constructor(paths: PartPaths, bytes: Buffer) {
    this.#part = paths.index;
    const counts = readHeader(paths.index, bytes);
    this.format = counts.format;
    this.exchanges = counts.exchanges;
    this.payloads = counts.payloads;
    let at: number = header.width;
    const take = (length: number): Buffer => {
      at += length;
      return bytes.subarray(at - length, at);
    };
    this.exchangeFrames = new FrameTable(paths.exchanges, take(counts.exchangeFrames * frame.width));
    this.bodyFrames = new FrameTable(paths.bodies, take(counts.bodyFrames * frame.width));
    this.#sections = {
      rows: take(counts.exchanges * row.width),
      stringEnds: take(counts.strings * 4),
      strings: take(counts.stringBytes),
    };
    this.#checkStrings();
    this.#checkRows(counts.strings);
  }

  has(id: number): boolean {
    return Number.isInteger(id) && id >= 1 && id <= this.exchanges;
  }

  /** Where the record of exchange `id` lies. */
  place(id: number): RecordPlace {
    const { rows } = this.#sections;
    const at = this.#rowStart(id);
    return {
      frame: rows.readUInt32LE(at + row.recordFrame),
      offset: rows.readUInt32LE(at + row.recordOffset),
      bytes: rows.readUInt32LE(at + row.recordBytes),
    };
  }

  /** Connection and message of exchange `id`: two of its numbers, for a walk over all. */
  placeOnConnection(id: number): Pick<ExchangeSummary, 'connection' | 'message'> {
    const { rows } = this.#sections;
    const at = this.#rowStart(id);
    return {
      connection: rows.readUInt32LE(at + row.connection),
      message: rows.readUInt32LE(at + row.message),
    };
  }

  /** Whether the head of exchange `id` is partial, likewise. */
  isPartial(id: number): boolean {
    return (this.#sections.rows.readUInt16LE(this.#rowStart(id) + row.flags) & flags.partial) !== 0;
  }

  summary(id: number): ExchangeSummary {
    const { rows } = this.#sections;
    const at = this.#rowStart(id);
    const bits = rows.readUInt16LE(at + row.flags);
    const status = rows.readUInt16LE(at + row.status);
    const failure = failures.get(rows.readUInt8(at + row.failure));
    const session = rows.readUInt32LE(at + row.session);
    return {
      id,
      service: this.#string(rows.readUInt32LE(at + row.service)),
      direction: bits & flags.outbound ? 'outbound' : 'inbound',
      protocol: protocols.get(rows.readUInt8(at + row.protocol)) ?? 'http/1',
      connection: rows.readUInt32LE(at + row.connection),
      message: rows.readUInt32LE(at + row.message),
      ...(session === noString ? {} : { session: this.#string(session) }),
      method: this.#string(rows.readUInt32LE(at + row.method)),
      target: this.#string(rows.readUInt32LE(at + row.target)),
      targetCut: (bits & flags.targetCut) !== 0,
      partial: (bits & flags.partial) !== 0,
      ...(status === 0 ? {} : { status }),
      ...(failure === undefined ? {} : { failure }),
      times: readTimes(rows, at),
      requestBytes: rows.readUInt32LE(at + row.requestBytes),
      responseBytes: rows.readUInt32LE(at + row.responseBytes),
      requestTruncated: (bits & flags.requestTruncated) !== 0,
      responseTruncated: (bits & flags.responseTruncated) !== 0,
      triggered: (bits & flags.triggered) !== 0,
      hasGaps: (bits & flags.hasGaps) !== 0,
    };
  }

  #rowStart(id: number): number {
    if (!this.has(id)) throw new RangeError(`no exchange ${id} on a tape of ${this.exchanges}`);
    return (id - 1) * row.width;
  }

  #string(number: number): string {
    const { stringEnds, strings } = this.#sections;
    const start = number === 0 ? 0 : stringEnds.readUInt32LE((number - 1) * 4);
    return strings.toString('utf8', start, stringEnds.readUInt32LE(number * 4));
  }

  #checkStrings(): void {
    const { stringEnds, strings } = this.#sections;
    let last = 0;
    for (let at = 0; at < stringEnds.length; at += 4) {
      const end = stringEnds.readUInt32LE(at);
      if (end < last) throw damaged(this.#part, 'its strings overlap');
      last = end;
    }
    if (last !== strings.length) throw damaged(this.#part, 'its strings do not fill their section');
  }

  /** Holds every number of every row to its range, so that reading a row later cannot fail. */
  #checkRows(strings: number): void {
    const { rows } = this.#sections;
    const isString = (at: number): boolean => rows.readUInt32LE(at) < strings;
    for (let at = 0; at < rows.length; at += row.width) {
      const session = rows.readUInt32LE(at + row.session);
      const place = this.place(at / row.width + 1);
      const sound =
        isString(at + row.method) &&
        isString(at + row.target) &&
        isString(at + row.service) &&
        (session === noString || session < strings) &&
        rows.readUInt8(at + row.failure) <= failures.size &&
        protocols.has(rows.readUInt8(at + row.protocol)) &&
        Number.isSafeInteger(rows.readDoubleLE(at + row.requestStart)) &&
        place.frame < this.exchangeFrames.count &&
        place.offset + place.bytes <= this.exchangeFrames.content(place.frame);
      if (!sound) throw damaged(this.#part, `the row of exchange ${at / row.width + 1} is not valid`);
    }
  }
}

interface Counts {
  readonly format: number;
  readonly exchanges: number;
  readonly payloads: number;
  readonly exchangeFrames: number;
  readonly bodyFrames: number;
  readonly strings: number;
  readonly stringBytes: number;
}

function readHeader(part: string, bytes: Buffer): Counts {
  if (bytes.length < header.width || !bytes.subarray(0, magic.length).equals(magic)) {
    throw foreign(part, 'it does not begin as an index does');
  }
  const format = bytes.readUInt32LE(header.format);
  if (format > tapeFormat) throw tooNew(part, format, tapeFormat);
  const counts: Counts = {
    format,
    exchanges: bytes.readUInt32LE(header.exchanges),
    payloads: bytes.readUInt32LE(header.payloads),
    exchangeFrames: bytes.readUInt32LE(header.exchangeFrames),
    bodyFrames: bytes.readUInt32LE(header.bodyFrames),
    strings: bytes.readUInt32LE(header.strings),
    stringBytes: bytes.readUInt32LE(header.stringBytes),
  };
  if (counts.exchanges > limits.exchanges) {
    throw tooLarge(part, 'exchanges', counts.exchanges, limits.exchanges);
  }
  const claimed =
    header.width +
    (counts.exchangeFrames + counts.bodyFrames) * frame.width +
    counts.exchanges * row.width +
    counts.strings * 4 +
    counts.stringBytes;
  const width = bytes.readUInt32LE(header.rowWidth);
  if (format < 1 || width !== row.width || claimed !== bytes.length || counts.payloads > counts.exchanges) {
    throw damaged(part, `its header claims ${claimed} bytes of ${bytes.length}`);
  }
  return counts;
}

function readTimes(rows: Buffer, at: number): ExchangeTimes {
  const requestEnd = rows.readDoubleLE(at + row.requestEnd);
  const responseStart = rows.readDoubleLE(at + row.responseStart);
  const responseEnd = rows.readDoubleLE(at + row.responseEnd);
  return {
    requestStart: rows.readDoubleLE(at + row.requestStart),
    ...(Number.isNaN(requestEnd) ? {} : { requestEnd }),
    ...(Number.isNaN(responseStart) ? {} : { responseStart }),
    ...(Number.isNaN(responseEnd) ? {} : { responseEnd }),
  };
}

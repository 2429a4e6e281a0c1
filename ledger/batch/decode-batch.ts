import { DvrError } from '../../errors/index.ts';
import type { GapCause } from '../../tape/gap.ts';
import { type Batch, type BatchHeader, endings, type LedgerRecord, type Sender } from '../segment.ts';
import {
  batchFormat,
  causeOf,
  dataAt,
  flags,
  longestSchemaPiece,
  longestState,
  longestText,
  oldestBatchFormat,
  recordKinds,
  stateProtocols,
} from './layout.ts';

/** No writer makes a batch that is larger, bytes. */
export const largestBatch = 16 * 1024 * 1024;

/**
 * Reads a batch, strictly. The records' bytes are views of `bytes`. Throws `batch-damaged` with the place of what
 * cannot be right; nothing is guessed and nothing is left over.
 */
export function decodeBatch(bytes: Uint8Array): Batch {
  const cursor = new Cursor(bytes);
  if (bytes.length > largestBatch)
    throw damaged(0, `it has ${bytes.length} bytes, more than ${largestBatch}`);
  const format = cursor.byte();
  if (format < oldestBatchFormat || format > batchFormat) {
    throw damaged(0, `it has format ${format}; this program reads up to ${batchFormat}`);
  }
  const header: BatchHeader = {
    instance: cursor.latin1(cursor.byte()),
    service: cursor.text(),
    clock: { process: cursor.integer(), wallMs: cursor.double() },
  };
  const records: LedgerRecord[] = [];
  while (!cursor.done) records.push(readRecord(cursor));
  return { header, records };
}

function readRecord(cursor: Cursor): LedgerRecord {
  const { start, kind, sender, marked, located } = readRecordHead(cursor);
  switch (kind) {
    case recordKinds.open:
      return { kind: 'open', ...located, client: cursor.text(), service: cursor.text() };
    case recordKinds.data:
      return readData(cursor, start, located, sender, marked);
    case recordKinds.skip: {
      const [offset, length, message] = [cursor.integer(), cursor.integer(), cursor.integer()];
      return { kind: 'skip', ...located, sender, offset, length, message, cause: cursor.cause() };
    }
    case recordKinds.message_end:
      return {
        kind: 'message_end',
        ...located,
        sender,
        message: cursor.integer(),
        offset: cursor.integer(),
      };
    case recordKinds.end: {
      const how = endings[cursor.byte()];
      if (how === undefined) throw damaged(start, 'an end record names no ending');
      return { kind: 'end', ...located, sender, how };
    }
    case recordKinds.opaque:
      return { kind: 'opaque', ...located, cause: cursor.cause() };
    case recordKinds.trigger: {
      const message = cursor.integer();
      const [trigger, fingerprint, detail] = [cursor.text(), cursor.text(), cursor.text()];
      return { kind: 'trigger', ...located, message, trigger, fingerprint, detail };
    }
    case recordKinds.loss:
      return { kind: 'loss', ...located, bytes: cursor.integer(), cause: cursor.cause() };
    case recordKinds.routed:
      return { kind: 'routed', ...located, message: cursor.integer(), service: cursor.text() };
    case recordKinds.state:
      return readState(cursor, start, located);
    case recordKinds.schema:
      return readSchema(cursor, start, located);
    case recordKinds.closed:
      return { kind: 'closed', ...located };
    default:
      throw damaged(start, `a record has the unknown kind ${kind}`);
  }
}

/** What all records begin with: kind, flags, connection and time. */
function readRecordHead(cursor: Cursor) {
  const start = cursor.at;
  const kind = cursor.byte();
  const set = cursor.byte();
  const located = { connection: cursor.integer(), time: cursor.integer() };
  const allowed = kind === recordKinds.data ? flags.service | flags.mark : flags.service;
  if ((set & ~allowed) !== 0) throw damaged(start, 'a record has flags that do not exist');
  const sender: Sender = (set & flags.service) === 0 ? 'client' : 'service';
  return { start, kind, sender, marked: (set & flags.mark) !== 0, located };
}

function readData(
  cursor: Cursor,
  start: number,
  located: { readonly connection: number; readonly time: number },
  sender: Sender,
  marked: boolean,
): LedgerRecord {
  const offset = cursor.integer();
  const message = cursor.integer();
  const at = cursor.u32();
  const length = cursor.u32();
  const record = { kind: 'data', ...located, sender, offset, bytes: cursor.take(length) } as const;
  if (!marked) return record;
  if (at >= length) throw damaged(start + dataAt.markAt, 'a mark stands outside its segment');
  return { ...record, mark: { message, at } };
}

function readState(
  cursor: Cursor,
  start: number,
  located: { readonly connection: number; readonly time: number },
): LedgerRecord {
  const protocol = stateProtocols[cursor.byte()];
  if (protocol === undefined) throw damaged(start, 'a state is of no known protocol');
  const length = cursor.u32();
  if (length > longestState) throw damaged(start, 'a state is longer than any writer makes it');
  return { kind: 'state', ...located, protocol, bytes: cursor.take(length) };
}

function readSchema(
  cursor: Cursor,
  start: number,
  located: { readonly connection: number; readonly time: number },
): LedgerRecord {
  const piece = { set: cursor.integer(), index: cursor.u32(), count: cursor.u32() };
  if (piece.index >= piece.count) throw damaged(start, 'a piece stands outside of what it is of');
  const service = cursor.text();
  const length = cursor.u32();
  if (length > longestSchemaPiece) throw damaged(start, 'a piece is longer than any writer makes it');
  return { kind: 'schema', ...located, service, piece, bytes: cursor.take(length) };
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads forward and never past the end. */
class Cursor {
  at = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done(): boolean {
    return this.at === this.#bytes.length;
  }

  #advance(length: number): number {
    const from = this.at;
    if (length > this.#bytes.length - from) throw damaged(from, 'it ends in the middle of a record');
    this.at = from + length;
    return from;
  }

  byte(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  double(): number {
    const from = this.#advance(8);
    const value = this.#view.getFloat64(from, true);
    if (!Number.isFinite(value)) throw damaged(from, 'a number is not finite');
    return value;
  }

  /** An integer from 0 up to 2^53 - 1. */
  integer(): number {
    const from = this.at;
    const value = this.double();
    if (!Number.isSafeInteger(value) || value < 0) throw damaged(from, 'a number is no count');
    return value === 0 ? 0 : value;
  }

  take(length: number): Uint8Array {
    const from = this.#advance(length);
    return this.#bytes.subarray(from, from + length);
  }

  latin1(length: number): string {
    return Buffer.from(this.take(length)).toString('latin1');
  }

  text(): string {
    const from = this.at;
    const length = this.#view.getUint16(this.#advance(2), true);
    if (length > longestText) throw damaged(from, 'a text is longer than any writer makes it');
    const bytes = this.take(length);
    try {
      return utf8.decode(bytes);
    } catch {
      throw damaged(from, 'a text is not UTF-8');
    }
  }

  cause(): GapCause {
    const from = this.at;
    const cause = causeOf(this.byte());
    if (cause === undefined) throw damaged(from, 'a record names no known cause');
    return cause;
  }
}

function damaged(at: number, what: string): DvrError {
  return new DvrError('batch-damaged', `a batch of the ledger is damaged at byte ${at}: ${what}`, {
    where: `batch+${at}`,
    hint: 'Run interceptors and committers of the same release.',
  });
}

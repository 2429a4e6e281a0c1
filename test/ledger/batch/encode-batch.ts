import { BatchWriter } from '../../../ledger/batch/batch-writer.ts';
import { largestBatch } from '../../../ledger/batch/decode-batch.ts';
import { dataAt, longestText, recordHead } from '../../../ledger/batch/layout.ts';
import type { Batch, LedgerRecord } from '../../../ledger/segment.ts';

/** Encodes a whole batch at once. Throws a RangeError where it is too large. */
export function encodeBatch(batch: Batch): Buffer {
  const { instance, service, clock } = batch.header;
  const writer = new BatchWriter(instance, service);
  let size = 32 + 255 + longestText;
  for (const record of batch.records) size += bound(record);
  if (size > largestBatch) throw new RangeError(`a batch of up to ${size} bytes is too large`);
  writer.begin(Buffer.alloc(size), clock.process, clock.wallMs);
  for (const record of batch.records) writeRecord(writer, record);
  return Buffer.concat(writer.pieces());
}

/** Adds `record`; answers whether there was room. */
function writeRecord(writer: BatchWriter, record: LedgerRecord): boolean {
  const { connection, time } = record;
  switch (record.kind) {
    case 'open':
      return writer.open(connection, time, record.client, record.service);
    case 'data': {
      const at = writer.data(connection, record.sender, time, record.offset, record.bytes);
      if (at >= 0 && record.mark !== undefined) writer.mark(at, record.mark.message, record.mark.at);
      return at >= 0;
    }
    case 'state':
      return writer.state(connection, time, record.protocol, record.bytes);
    case 'schema':
      return writer.schema(time, record.service, record.piece, record.bytes);
    case 'skip': {
      const { sender, offset, length, message, cause } = record;
      return writer.skip(connection, sender, time, offset, length, message, cause);
    }
    case 'message_end':
      return writer.messageEnd(connection, record.sender, time, record.message, record.offset);
    case 'end':
      return writer.end(connection, record.sender, time, record.how);
    case 'opaque':
      return writer.opaque(connection, time, record.cause);
    case 'trigger':
      return writer.trigger(
        connection,
        time,
        record.message,
        record.trigger,
        record.fingerprint,
        record.detail,
      );
    case 'routed':
      return writer.routed(connection, time, record.message, record.service);
    case 'loss':
      return writer.loss(connection, time, record.bytes, record.cause);
    case 'closed':
      return writer.closed(connection, time);
  }
}

function bound(record: LedgerRecord): number {
  if (record.kind === 'schema') return recordHead + 22 + longestText + record.bytes.length;
  if (record.kind === 'data' || record.kind === 'state') return dataAt.bytes + record.bytes.length;
  return recordHead + 8 + 3 * (2 + longestText);
}

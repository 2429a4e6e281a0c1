import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DvrError } from '../../../errors/index.ts';
import { BatchWriter } from '../../../ledger/batch/batch-writer.ts';
import { decodeBatch } from '../../../ledger/batch/decode-batch.ts';
import { longestState, longestText } from '../../../ledger/batch/layout.ts';
import { type Batch, endings, type LedgerRecord } from '../../../ledger/segment.ts';
import { type GapCause, gapCauses } from '../../../tape/gap.ts';
import { runs } from '../../properties.ts';
import { encodeBatch } from './encode-batch.ts';

const count = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const sender = fc.constantFrom('client' as const, 'service' as const);
const cause = fc.constantFrom(...(Object.keys(gapCauses) as GapCause[]));
const text = fc.string({ unit: 'grapheme', maxLength: 40 });
const located = { connection: count, time: count };
const data = fc
  .record({ kind: fc.constant('data' as const), ...located, sender, offset: count, bytes: fc.uint8Array() })
  .chain((record) =>
    record.bytes.length === 0
      ? fc.constant(record)
      : fc.oneof(
          fc.constant(record),
          fc
            .record({ message: count, at: fc.nat({ max: record.bytes.length - 1 }) })
            .map((mark) => ({ ...record, mark })),
        ),
  );
const record: fc.Arbitrary<LedgerRecord> = fc.oneof(
  data,
  fc.record({
    kind: fc.constant('state' as const),
    ...located,
    protocol: fc.constantFrom('http/2' as const, 'websocket' as const),
    bytes: fc.uint8Array(),
  }),
  fc
    .record({
      piece: fc.tuple(count, fc.nat({ max: 100 }), fc.nat({ max: 100 })),
      service: text,
      bytes: fc.uint8Array(),
    })
    .chain(({ piece: [set, index, more], ...rest }) =>
      fc.record({
        kind: fc.constant('schema' as const),
        connection: fc.constant(0),
        time: count,
        piece: fc.constant({ set, index, count: index + more + 1 }),
        service: fc.constant(rest.service),
        bytes: fc.constant(rest.bytes),
      }),
    ),
  fc.record({ kind: fc.constant('open' as const), ...located, client: text, service: text }),
  fc.record({ kind: fc.constant('routed' as const), ...located, message: count, service: text }),
  fc.record({
    kind: fc.constant('skip' as const),
    ...located,
    sender,
    offset: count,
    length: count,
    message: count,
    cause,
  }),
  fc.record({ kind: fc.constant('message_end' as const), ...located, sender, message: count, offset: count }),
  fc.record({ kind: fc.constant('end' as const), ...located, sender, how: fc.constantFrom(...endings) }),
  fc.record({ kind: fc.constant('opaque' as const), ...located, cause }),
  fc.record({
    kind: fc.constant('trigger' as const),
    ...located,
    message: count,
    trigger: text,
    fingerprint: text,
    detail: text,
  }),
  fc.record({ kind: fc.constant('loss' as const), ...located, bytes: count, cause }),
  fc.record({ kind: fc.constant('closed' as const), ...located }),
);
const batch: fc.Arbitrary<Batch> = fc.record({
  header: fc.record({
    instance: fc.stringMatching(/^[0-9a-f]{16}$/),
    service: text,
    clock: fc.record({ process: count, wallMs: fc.double({ noNaN: true, noDefaultInfinity: true }) }),
  }),
  records: fc.array(record, { maxLength: 12 }),
});

const header = { instance: 'ab', service: 'shop:8080', clock: { process: 5, wallMs: 1000.25 } };

describe('a batch', () => {
  test('reads back as it was written', () => {
    fc.assert(
      fc.property(batch, (written) => {
        const read = decodeBatch(encodeBatch(written));
        expect(read.header).toEqual(written.header);
        expect(read.records.map(comparable)).toEqual(written.records.map(comparable));
      }),
    );
  });

  test('that is cut at any byte is damaged, or ends exactly behind a record', () => {
    fc.assert(
      fc.property(batch, (written) => {
        const bytes = encodeBatch(written);
        const whole = decodeBatch(bytes);
        for (let end = 0; end < bytes.length; end++) {
          const read = readOrCode(bytes.subarray(0, end));
          if (typeof read === 'string') expect(read).toBe('batch-damaged');
          else
            expect(read.records.map(comparable)).toEqual(
              whole.records.slice(0, read.records.length).map(comparable),
            );
        }
      }),
      runs(40),
    );
  });

  test('of any bytes is read or refused, and never anything else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), batch, fc.nat(), (noise, written, seed) => {
        readOrCode(noise);
        const bytes = encodeBatch(written);
        bytes[seed % bytes.length]! ^= 1 + (seed % 255);
        readOrCode(bytes);
      }),
      runs(500),
    );
  });

  test('names the byte at which it is damaged', () => {
    const bytes = encodeBatch({
      header,
      records: [{ kind: 'opaque', connection: 1, time: 2, cause: 'opaque' }],
    });
    const kindAt = bytes.length - 19;
    bytes[kindAt] = 99;
    expect(() => decodeBatch(bytes)).toThrow(`at byte ${kindAt}`);
    bytes[0] = 9;
    expect(() => decodeBatch(bytes)).toThrow(/format 9/);
  });

  test('of format 1 is read as it is, since it has no record that is read otherwise', () => {
    const bytes = encodeBatch({
      header,
      records: [{ kind: 'end', connection: 1, time: 2, sender: 'client', how: 'fin' }],
    });
    bytes[0] = 1;
    expect(decodeBatch(bytes).records).toMatchObject([{ kind: 'end', how: 'fin' }]);
    bytes[0] = 0;
    expect(() => decodeBatch(bytes)).toThrow(/format 0/);
  });

  test('refuses a state of an unknown protocol, and one that is longer than any writer makes it', () => {
    const state = {
      kind: 'state',
      connection: 1,
      time: 2,
      protocol: 'http/2',
      bytes: new Uint8Array(3),
    } as const;
    const bytes = encodeBatch({ header, records: [state] });
    const protocolAt = bytes.length - 8;
    bytes.writeUInt32LE(longestState + 1, protocolAt + 1);
    expect(() => decodeBatch(bytes)).toThrow(/longer/);
    bytes[protocolAt] = 9;
    expect(() => decodeBatch(bytes)).toThrow(/protocol/);
  });

  test('refuses a mark outside of its segment', () => {
    const writer = begun(1024);
    const at = writer.data(1, 'client', 1, 0, Buffer.from('abc'));
    writer.mark(at, 0, 3);
    expect(() => decodeBatch(Buffer.concat(writer.pieces()))).toThrow(/mark/);
  });
});

describe('the batch writer', () => {
  test('gives bytes a place in the slab, which stands in the batch as it is', () => {
    const writer = begun(1024);
    const at = writer.reserve(7, 'service', 11, 13, 5);
    Buffer.from('hello').copy(writer.slab, at);
    writer.mark(at, 3, 2);
    writer.mark(at, 4, 4);
    const [read] = decodeBatch(Buffer.concat(writer.pieces())).records;
    expect(read).toEqual({
      kind: 'data',
      connection: 7,
      sender: 'service',
      time: 11,
      offset: 13,
      bytes: Buffer.from('hello'),
      mark: { message: 3, at: 2 },
    });
    expect(writer.records).toBe(1);
  });

  test('refuses what has no room, unchanged, and takes exactly `room` bytes', () => {
    const writer = begun(200);
    const { room, used } = writer;
    expect(writer.reserve(1, 'client', 1, 0, room + 1)).toBe(-1);
    expect(writer.trigger(1, 1, 0, 'on_status', 'x'.repeat(300), '')).toBe(false);
    expect(writer.used).toBe(used);
    expect(writer.reserve(1, 'client', 1, 0, room)).toBeGreaterThan(0);
    expect(writer.used).toBe(200);
    expect(writer.end(1, 'client', 1, 'fin')).toBe(false);
    expect(decodeBatch(Buffer.concat(writer.pieces())).records).toHaveLength(1);
  });

  test('leaves truncated bytes out of the batch and alone in the slab', () => {
    const writer = begun(1024);
    const first = writer.data(1, 'client', 1, 0, Buffer.from('keep-drop'));
    writer.mark(first, 0, 6);
    writer.truncate(first, 5, false);
    expect(writer.slab.toString('latin1', first, first + 9)).toBe('keep-drop');
    writer.skip(1, 'client', 1, 5, 4, 0, 'body_limit');
    writer.data(1, 'client', 2, 9, Buffer.from('next'));
    const { records } = decodeBatch(Buffer.concat(writer.pieces()));
    expect(records.map((r) => (r.kind === 'data' ? Buffer.from(r.bytes).toString() : r.kind))).toEqual([
      'keep-',
      'skip',
      'next',
    ]);
    expect(records[0]).not.toHaveProperty('mark');
  });

  test('uses the room of truncated bytes again when told that no socket needs them', () => {
    const writer = begun(1024);
    const at = writer.data(1, 'client', 1, 0, Buffer.alloc(500));
    writer.truncate(at, 10, true);
    expect(writer.used).toBe(at + 10);
    writer.end(1, 'client', 1, 'fin');
    expect(decodeBatch(Buffer.concat(writer.pieces())).records).toHaveLength(2);
  });

  test('begins anew in another slab', () => {
    const writer = begun(1024);
    writer.data(1, 'client', 1, 0, Buffer.from('old'));
    writer.begin(Buffer.alloc(256), 9, 2000);
    writer.end(2, 'client', 10, 'reset');
    const read = decodeBatch(Buffer.concat(writer.pieces()));
    expect(read.header.clock).toEqual({ process: 9, wallMs: 2000 });
    expect(read.records).toEqual([{ kind: 'end', connection: 2, time: 10, sender: 'client', how: 'reset' }]);
  });

  test('cuts a text that is too long between two characters', () => {
    const writer = begun(64 * 1024);
    writer.trigger(1, 1, 0, 'on_status', 'é'.repeat(longestText), '');
    const [read] = decodeBatch(Buffer.concat(writer.pieces())).records;
    expect(read).toMatchObject({ fingerprint: 'é'.repeat(longestText / 2) });
  });
});

function begun(size: number): BatchWriter {
  const writer = new BatchWriter(header.instance, header.service);
  writer.begin(Buffer.alloc(size), header.clock.process, header.clock.wallMs);
  return writer;
}

function comparable(written: LedgerRecord): object {
  return written.kind === 'data' || written.kind === 'state' || written.kind === 'schema'
    ? { ...written, bytes: Buffer.from(written.bytes).toString('hex') }
    : written;
}

function readOrCode(bytes: Uint8Array): Batch | string {
  try {
    return decodeBatch(bytes);
  } catch (error) {
    if (error instanceof DvrError) return error.code;
    throw error;
  }
}

import { deflateSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { SeenSchemas } from '../../committer/seen-schemas.ts';
import type { Batch, SchemaRecord } from '../../ledger/segment.ts';

function batch(instance: string, ...records: Partial<SchemaRecord>[]): Batch {
  return {
    header: { instance, service: 'a', clock: { process: 0, wallMs: 0 } },
    records: records.map((record) => ({
      kind: 'schema',
      connection: 0,
      time: 0,
      service: 'shop:8080',
      piece: { set: 1, index: 0, count: 1 },
      bytes: deflateSync('one'),
      ...record,
    })),
  };
}

const textOf = ({ sets }: SeenSchemas) =>
  [...sets].map(([service, set]) => [service, Buffer.from(set).toString()]);

test('schemas are whole when all their pieces came, in any order and more than once', () => {
  const seen = new SeenSchemas();
  const bytes = deflateSync('the whole set');
  const piece = (index: number, start: number, end?: number) => ({
    piece: { set: 1, index, count: 3 },
    bytes: bytes.subarray(start, end),
  });
  seen.add(batch('i', piece(2, 8), piece(0, 0, 4)));
  seen.add(batch('other', piece(1, 4, 8)));
  expect(textOf(seen)).toEqual([]);
  seen.add(batch('i', piece(0, 0, 4), piece(1, 4, 8)));
  expect(textOf(seen)).toEqual([['shop:8080', 'the whole set']]);
});

test('the newest whole set of a service counts', () => {
  const seen = new SeenSchemas();
  seen.add(batch('i', {}, { service: 'cart:80', bytes: deflateSync('two') }));
  seen.add(batch('j', { piece: { set: 2, index: 0, count: 1 }, bytes: deflateSync('three') }));
  seen.add(batch('i', { piece: { set: 3, index: 0, count: 2 }, bytes: deflateSync('half') }));
  expect(textOf(seen)).toEqual([
    ['shop:8080', 'three'],
    ['cart:80', 'two'],
  ]);
});

test('what does not inflate, or to too much, is as good as none', () => {
  const seen = new SeenSchemas();
  seen.add(batch('i', { bytes: Buffer.from('nothing') }));
  seen.add(batch('j', { bytes: deflateSync(Buffer.alloc(5 * 1024 * 1024)) }));
  seen.add(batch('k', { piece: { set: 1, index: 0, count: 4_000_000_000 } }));
  expect(textOf(seen)).toEqual([]);
});

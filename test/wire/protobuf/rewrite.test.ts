import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { FieldReader, isMessage, wireTypes } from '../../../wire/protobuf/field-reader.ts';
import { rewriteFields } from '../../../wire/protobuf/rewrite.ts';
import { packedEnds, unzigzag, varintOf, writeVarint, zigzag } from '../../../wire/protobuf/scalars.ts';
import { runs } from '../../properties.ts';
import { encode, Item, items } from './messages.ts';

/** Fields of every wire type, as protobufjs writes them, in any order. */
const raw = fc
  .array(
    fc.tuple(
      fc.integer({ min: 1, max: 2 ** 29 - 1 }),
      fc.oneof(
        fc.record({ type: fc.constant(0 as const), value: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }) }),
        fc.record({ type: fc.constant(1 as const), value: fc.uint8Array({ minLength: 8, maxLength: 8 }) }),
        fc.record({ type: fc.constant(2 as const), value: fc.uint8Array({ maxLength: 300 }) }),
        fc.record({ type: fc.constant(5 as const), value: fc.uint8Array({ minLength: 4, maxLength: 4 }) }),
      ),
    ),
    { maxLength: 8 },
  )
  .map((fields) =>
    Buffer.concat(
      fields.flatMap(([number, { type, value }]) => [
        writeVarint(number * 8 + type),
        ...(typeof value === 'bigint'
          ? [writeVarint(value)]
          : type === 2
            ? [writeVarint(value.length), value]
            : [value]),
      ]),
    ),
  );

describe('the field reader', () => {
  it('agrees with protobufjs on what a message holds', () => {
    fc.assert(
      fc.property(raw, (bytes) => {
        const oracle = protobuf.Reader.create(bytes);
        const reader = new FieldReader(bytes);
        while (oracle.pos < oracle.len) {
          const tag = oracle.uint32();
          expect(reader.advance()).toBe('field');
          expect([reader.number, reader.type]).toEqual([tag >>> 3, tag & 7]);
          oracle.skipType(tag & 7);
          expect(reader.next).toBe(oracle.pos);
        }
        expect(reader.advance()).toBe('end');
      }),
    );
  });

  it('steps over groups as a whole, nested ones too', () => {
    const group = Uint8Array.of(0x0b, 0x08, 0x01, 0x13, 0x10, 0x02, 0x14, 0x0c, 0x18, 0x05);
    const reader = new FieldReader(group);
    expect(reader.advance()).toBe('field');
    expect([reader.number, reader.type, reader.start, reader.end, reader.next]).toEqual([
      1,
      wireTypes.group,
      1,
      7,
      8,
    ]);
    expect(reader.advance()).toBe('field');
    expect(reader.number).toBe(3);
    expect(reader.advance()).toBe('end');
  });

  it.each([
    ['a tag of number 0', [0x00, 0x01]],
    ['a wire type that is none', [0x0e]],
    ['a length past the end', [0x0a, 0x05, 0x01]],
    ['a varint that does not end', [0x08, 0x80]],
    ['a varint of eleven bytes', [0x08, ...new Array<number>(10).fill(0x80), 0x01]],
    ['a varint of over 64 bits', [0x08, ...new Array<number>(9).fill(0xff), 0x02]],
    ['a group that does not end', [0x0b, 0x08, 0x01]],
    ['a group that ends another', [0x0b, 0x14]],
    ['the end of no group', [0x0c]],
    [
      'groups nested too deeply',
      [...new Array<number>(101).fill(0x0b), ...new Array<number>(101).fill(0x0c)],
    ],
    ['a fixed value that is cut', [0x0d, 0x01, 0x02]],
  ])('refuses %s', (_, bytes) => {
    expect(isMessage(Uint8Array.from(bytes))).toBe(false);
  });

  it('ends on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => typeof isMessage(bytes) === 'boolean'),
    );
  });
});

describe('a rewritten message', () => {
  it('is the same object where nothing is replaced', () => {
    const bytes = encode({ sku: 'A1', quantity: 2 });
    expect(rewriteFields(bytes, () => undefined)).toBe(bytes);
  });

  it('is the same bytes where values are replaced by themselves', () => {
    fc.assert(
      fc.property(raw, (bytes) => {
        const made = rewriteFields(bytes, (field) => Uint8Array.from(field.content()));
        expect(Buffer.from(made!).equals(Buffer.from(bytes))).toBe(true);
      }),
    );
  });

  it('differs in what was replaced and in nothing else, as protobufjs reads it', () => {
    fc.assert(
      fc.property(items, fc.string({ maxLength: 200 }), (given, sku) => {
        const bytes = Buffer.concat([
          encode({ ...given, sku: 'old' }),
          Buffer.from([0xf8, 0x86, 0x00, 0x2a]),
        ]);
        const made = rewriteFields(bytes, ({ number }) => (number === 1 ? Buffer.from(sku) : undefined));
        const before = Item.toObject(Item.decode(bytes), { longs: String });
        expect(Item.toObject(Item.decode(made!), { longs: String })).toEqual({ ...before, sku });
        expect(Buffer.from(made!).subarray(-4)).toEqual(bytes.subarray(-4));
      }),
      runs(40),
    );
  });

  it('keeps the end of a group whose content was replaced', () => {
    const group = Uint8Array.of(0x0b, 0x08, 0x01, 0x0c, 0x18, 0x05);
    const made = rewriteFields(group, ({ number }) =>
      number === 1 ? Uint8Array.of(0x08, 0x96, 0x01) : undefined,
    );
    expect([...made!]).toEqual([0x0b, 0x08, 0x96, 0x01, 0x0c, 0x18, 0x05]);
  });

  it('is not made of what is no message', () => {
    expect(rewriteFields(Uint8Array.of(0x0a, 0x05), () => undefined)).toBeUndefined();
  });
});

describe('scalars', () => {
  it('are varints as protobufjs writes them', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
        const bytes = writeVarint(value);
        expect(varintOf(bytes)).toBe(value);
        const oracle = protobuf.Writer.create().uint64(String(value)).finish();
        expect([...bytes]).toEqual([...oracle]);
        expect(unzigzag(zigzag(value))).toBe(value);
      }),
    );
  });

  it('tell where packed values end', () => {
    expect(packedEnds(Uint8Array.of(1, 0x80, 1, 2), 'varint')).toEqual([1, 3, 4]);
    expect(packedEnds(Uint8Array.of(1, 0x80), 'varint')).toBeUndefined();
    expect(packedEnds(new Uint8Array(12), 4)).toEqual([4, 8, 12]);
    expect(packedEnds(new Uint8Array(12), 8)).toBeUndefined();
  });
});

import fc from 'fast-check';
import protobuf from 'protobufjs';
import 'protobufjs/ext/descriptor/index.js';
import { addDescriptorSet } from '../../../wire/protobuf/descriptor-set.ts';
import { Schemas } from '../../../wire/protobuf/schema.ts';

export const source = `
  syntax = "proto3";
  package shop.v1;
  service Carts {
    rpc Add (Item) returns (Cart);
    rpc Check (Item) returns (Item);
    rpc Watch (stream Item) returns (stream Cart);
  }
  enum Size { UNKNOWN_SIZE = 0; SMALL = 1; LARGE = 7; }
  message Item {
    string sku = 1;
    int32 quantity = 2;
    sint64 balance = 3;
    repeated uint32 marks = 4;
    bytes raw = 5;
    Size size = 6;
    bool is_gift = 7;
    double weight = 8;
    float ratio = 9;
    fixed64 serial = 10;
    sfixed32 shift = 11;
    map<string, int64> counts = 12;
    Item inside = 13;
    repeated Item parts = 14;
    repeated string names = 15;
    int64 big = 16;
    uint64 huge = 17;
    repeated sint32 deltas = 18;
    repeated double doubles = 19;
    map<int32, Item> by_id = 20;
  }
  message Cart { repeated Item items = 1; string note = 300; }
`;

export const root = protobuf.parse(source).root;
root.resolveAll();
export const Item = root.lookupType('shop.v1.Item');

interface DescriptorRoot {
  toDescriptor(syntax: string): protobuf.Message;
}

/** The descriptor set that protobufjs makes. */
export function setOf(of: protobuf.Root): Uint8Array {
  const set = (of as unknown as DescriptorRoot).toDescriptor('proto3');
  return set.$type.encode(set).finish();
}

export function schemas(): Schemas {
  const made = new Schemas();
  if (!addDescriptorSet(made, setOf(root))) throw new Error('the set was not read');
  return made;
}

const text = fc.string({ unit: 'binary', maxLength: 12 });
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);
const int32 = fc.integer();
const double = fc.double({ noNaN: true, noDefaultInfinity: true });

const leaf = {
  sku: text,
  quantity: int32,
  balance: int64,
  marks: fc.array(fc.nat(), { maxLength: 4 }),
  raw: fc.uint8Array({ maxLength: 8 }),
  size: fc.constantFrom(0, 1, 7),
  isGift: fc.boolean(),
  weight: double,
  ratio: fc.float({ noNaN: true, noDefaultInfinity: true }),
  serial: uint64,
  shift: int32,
  counts: fc.dictionary(fc.string({ maxLength: 4 }), int64, { maxKeys: 3 }),
  names: fc.array(text, { maxLength: 3 }),
  big: int64,
  huge: uint64,
  deltas: fc.array(int32, { maxLength: 3 }),
  doubles: fc.array(double, { maxLength: 3 }),
};

const flat = fc.record(leaf, { requiredKeys: [] });

/** An item that may hold others. */
function holding(inner: fc.Arbitrary<Record<string, unknown>>): fc.Arbitrary<Record<string, unknown>> {
  const nested = {
    ...leaf,
    inside: inner,
    parts: fc.array(inner, { maxLength: 2 }),
    byId: fc.dictionary(fc.integer().map(String), inner, { maxKeys: 2 }),
  };
  return fc.record(nested, { requiredKeys: [] });
}

/** Items of any shape, as protobufjs takes them. */
export const items: fc.Arbitrary<Record<string, unknown>> = holding(holding(flat));

export function encode(item: Record<string, unknown>): Uint8Array {
  return Uint8Array.from(Item.encode(Item.fromObject(item)).finish());
}

import fc from 'fast-check';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { addDescriptorSet } from '../../../wire/protobuf/descriptor-set.ts';
import { messageToJson } from '../../../wire/protobuf/json.ts';
import { Schemas } from '../../../wire/protobuf/schema.ts';
import { encode, Item, items, schemas, setOf } from './messages.ts';

const known = schemas();
const item = known.messages.get('shop.v1.Item');
const none = new Schemas();

describe('a message as JSON', () => {
  it('is with a schema what protobufjs makes of it', () => {
    expect(item).toBeDefined();
    fc.assert(
      fc.property(items, (given) => {
        const bytes = encode(given);
        const oracle = Item.toObject(Item.decode(bytes), { longs: String, enums: String, bytes: String });
        const ours = messageToJson(bytes, item, known);
        expect(rounded(ours)).toEqual(rounded(oracle));
      }),
    );
  });

  it('is by numbers without one', () => {
    const bytes = encode({ sku: 'A1', quantity: 3, inside: { sku: 'B2', isGift: true } });
    expect(messageToJson(bytes, undefined, none)).toEqual({ 1: 'A1', 2: 3, 13: { 1: 'B2', 7: 1 } });
  });

  it('shows fields that the schema does not know under their numbers', () => {
    const bytes = Buffer.concat([encode({ sku: 'A1' }), Buffer.from([0xf8, 0x06, 0x2a])]);
    expect(messageToJson(bytes, item, known)).toEqual({ sku: 'A1', 111: 42 });
  });

  it('joins the pieces of a message that came apart', () => {
    const bytes = Buffer.concat([encode({ inside: { sku: 'A1' } }), encode({ inside: { quantity: 2 } })]);
    expect(messageToJson(bytes, item, known)).toEqual({ inside: { sku: 'A1', quantity: 2 } });
  });

  it('tells text, messages and bytes apart by their looks', () => {
    const bytes = encode({ names: ['\nnot a message', 'a'], raw: Uint8Array.of(0xff, 0xfe) });
    expect(messageToJson(bytes, undefined, none)).toEqual({ 5: 'base64://4=', 15: ['\nnot a message', 'a'] });
    const uuid = encode({ inside: { sku: '0b0a4ac4-4a07-4a35-8f0a-2f6f4ee3a7a1' } });
    expect(messageToJson(uuid, undefined, none)).toEqual({
      13: { 1: '0b0a4ac4-4a07-4a35-8f0a-2f6f4ee3a7a1' },
    });
  });

  it('writes times, durations, wrappers, structures and Any as ProtoJSON does', () => {
    const { type, all } = compiled(`
      syntax = "proto3";
      package t;
      import "google/protobuf/any.proto";
      message M {
        google.protobuf.Any any = 1;
        google.protobuf.Timestamp at = 2;
        google.protobuf.Duration took = 3;
        google.protobuf.Struct free = 4;
        google.protobuf.StringValue name = 5;
      }
    `);
    const inner = type.encode(type.fromObject({ name: { value: 'inner' } })).finish();
    const bytes = type
      .encode(
        type.fromObject({
          any: { type_url: 'type.googleapis.com/t.M', value: inner },
          at: { seconds: 1_795_255_200, nanos: 120_000_000 },
          took: { seconds: -1, nanos: -500_000_000 },
          free: {
            fields: {
              list: { listValue: { values: [{ numberValue: 1 }, { boolValue: true }, { nullValue: 0 }] } },
              text: { stringValue: 'x' },
            },
          },
          name: { value: 'outer' },
        }),
      )
      .finish();
    expect(messageToJson(bytes, all.messages.get('t.M'), all)).toEqual({
      any: { '@type': 'type.googleapis.com/t.M', name: 'inner' },
      at: '2026-11-21T10:00:00.120Z',
      took: '-1.500s',
      free: { list: [1, true, null], text: 'x' },
      name: 'outer',
    });
  });

  it('is not made of what is no message, or nested too deeply', () => {
    expect(messageToJson(Uint8Array.of(0x08), item, known)).toBeUndefined();
    expect(messageToJson(Uint8Array.of(0x0f, 1), item, known)).toBeUndefined();
    let deep = encode({ sku: 'A1' });
    for (let depth = 0; depth < 101; depth++) deep = nested(deep);
    expect(messageToJson(deep, item, known)).toBeUndefined();
  });

  it('keeps a key that JavaScript has a meaning for', () => {
    const bytes = encode({ counts: Object.fromEntries([['__proto__', '1']]) });
    expect(JSON.stringify(messageToJson(bytes, item, known))).toBe('{"counts":{"__proto__":"1"}}');
  });
});

/** Both sides with floats of 32 bits, and without what only one of them writes. */
function rounded(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, inner) =>
      key === 'ratio' && typeof inner === 'number' ? Math.fround(inner) : inner,
    ),
  );
}

function nested(inner: Uint8Array): Uint8Array {
  return protobuf.Writer.create()
    .uint32((13 << 3) | 2)
    .bytes(inner)
    .finish();
}

/** The message `t.M` of a source that uses the messages of Google. */
function compiled(source: string): { type: protobuf.Type; all: Schemas } {
  const { root } = protobuf.parse(source);
  for (const name of ['any', 'timestamp', 'duration', 'struct', 'wrappers']) {
    root.addJSON(protobuf.common.get(`google/protobuf/${name}.proto`)?.nested ?? {});
  }
  root.resolveAll();
  const all = new Schemas();
  addDescriptorSet(all, setOf(root));
  return { type: root.lookupType('t.M'), all };
}

import { FieldReader, type WireType, wireTypes } from './field-reader.ts';
import { guessContent } from './guess.ts';
import type { Json } from './json-value.ts';
import { limits } from './limits.ts';
import { packedEnds, readInteger, varintOf, viewOf } from './scalars.ts';
import type { FieldSchema, MessageSchema, Schemas } from './schema.ts';
import { wellKnown } from './well-known.ts';

type Fields = Record<string, Json>;

/**
 * A message as JSON. With a schema as Protocol Buffers map it ("ProtoJSON": 64-bit integers and bytes as strings, the
 * latter in base64), fields that the schema does not know under their numbers. Without one, all by numbers: integers
 * unsigned, content as the text, the message or else (`base64:…`) the bytes that it looks like. Only fields that are on
 * the wire are there. Undefined where the bytes are no message, or too many fields.
 */
export function messageToJson(
  bytes: Uint8Array,
  schema: MessageSchema | undefined,
  schemas: Schemas,
): Json | undefined {
  const reading = new Reading(schemas);
  return reading.message(bytes, schema, 0);
}

class Reading {
  readonly schemas: Schemas;
  #fields = 0;

  constructor(schemas: Schemas) {
    this.schemas = schemas;
  }

  message(bytes: Uint8Array, schema: MessageSchema | undefined, depth: number): Json | undefined {
    if (depth > limits.depth) return undefined;
    const fields = this.#fieldsOf(bytes, schema, depth);
    if (fields === undefined || schema === undefined) return fields;
    const made = wellKnown(schema.name, fields);
    return made === undefined ? this.#any(schema.name, fields, bytes, depth) : made;
  }

  #fieldsOf(bytes: Uint8Array, schema: MessageSchema | undefined, depth: number): Fields | undefined {
    const fields: Fields = Object.create(null);
    const merged = new Map<FieldSchema, Uint8Array[]>();
    const reader = new FieldReader(bytes);
    for (let read = reader.advance(); read !== 'end'; read = reader.advance()) {
      if (read === 'malformed' || ++this.#fields > limits.viewedFields) return undefined;
      const field = schema?.fields.get(reader.number);
      if (field === undefined || !fits(field, reader.type)) {
        const value = this.#unknown(reader, depth);
        if (value === undefined) return undefined;
        add(fields, String(reader.number), value);
      } else if (field.type === 'message' || field.type === 'group') {
        if (!field.repeated) pieceOf(fields, merged, field, reader.content());
        else if (!this.#repeatedMessage(fields, field, reader.content(), depth)) return undefined;
      } else if (!this.#scalars(fields, field, reader)) return undefined;
    }
    for (const [field, pieces] of merged) {
      const value = this.message(Buffer.concat(pieces), this.schemas.within(field), depth + 1);
      if (value === undefined) return undefined;
      fields[field.jsonName] = value;
    }
    return fields;
  }

  #repeatedMessage(fields: Fields, field: FieldSchema, content: Uint8Array, depth: number): boolean {
    const schema = this.schemas.within(field);
    const value = this.message(content, schema, depth + 1);
    if (value === undefined) return false;
    if (schema?.isMapEntry === true) addEntry(fields, field.jsonName, schema, value);
    else append(fields, field.jsonName, value);
    return true;
  }

  #scalars(fields: Fields, field: FieldSchema, reader: FieldReader): boolean {
    const content = reader.content();
    const width = widthOf(field);
    if (width === undefined || reader.type !== wireTypes.bytes) {
      const value = this.#scalar(field, content);
      if (field.repeated) append(fields, field.jsonName, value);
      else fields[field.jsonName] = value;
      return true;
    }
    const ends = packedEnds(content, width);
    if (ends === undefined) return false;
    this.#fields += ends.length;
    if (this.#fields > limits.viewedFields) return false;
    let start = 0;
    for (const end of ends) {
      const value = this.#scalar(field, content.subarray(start, end));
      if (field.repeated) append(fields, field.jsonName, value);
      else fields[field.jsonName] = value;
      start = end;
    }
    return true;
  }

  #scalar(field: FieldSchema, bytes: Uint8Array): Json {
    switch (field.type) {
      case 'string':
        return Buffer.from(bytes).toString('utf8');
      case 'bytes':
        return Buffer.from(bytes).toString('base64');
      case 'bool':
        return varintOf(bytes) !== 0n;
      case 'double':
        return float(viewOf(bytes).getFloat64(0, true));
      case 'float':
        return float(shortest(viewOf(bytes).getFloat32(0, true)));
      case 'enum': {
        const number = Number(BigInt.asIntN(32, varintOf(bytes)));
        return this.schemas.enums.get(field.typeName)?.values.get(number) ?? number;
      }
      default:
        return integer(field.type, bytes);
    }
  }

  #unknown(reader: FieldReader, depth: number): Json | undefined {
    const content = reader.content();
    switch (reader.type) {
      case wireTypes.varint:
        return plain(varintOf(content));
      case wireTypes.fixed32:
        return guessFloat(viewOf(content).getFloat32(0, true), BigInt(viewOf(content).getUint32(0, true)));
      case wireTypes.fixed64:
        return guessFloat(viewOf(content).getFloat64(0, true), viewOf(content).getBigUint64(0, true));
      case wireTypes.group:
        return this.message(content, undefined, depth + 1);
      case wireTypes.bytes: {
        const guess = guessContent(content);
        if (guess.kind === 'text') return guess.text;
        const inner = guess.kind === 'message' ? this.message(content, undefined, depth + 1) : undefined;
        return inner ?? `base64:${Buffer.from(content).toString('base64')}`;
      }
    }
  }

  /** A `google.protobuf.Any` beside whose type its content stands, where the schemas know it. */
  #any(name: string, fields: Fields, bytes: Uint8Array, depth: number): Json | undefined {
    if (name !== 'google.protobuf.Any' || typeof fields.typeUrl !== 'string') return fields;
    const type = fields.typeUrl;
    const schema = this.schemas.messages.get(type.slice(type.lastIndexOf('/') + 1));
    if (schema === undefined) return fields;
    const reader = new FieldReader(bytes);
    let value = new Uint8Array();
    while (reader.advance() === 'field') if (reader.number === 2) value = Uint8Array.from(reader.content());
    const inner = this.message(value, schema, depth + 1);
    if (inner === undefined) return undefined;
    return isObject(inner) ? { '@type': type, ...inner } : { '@type': type, value: inner };
  }
}

/** Pieces of one message may come apart; together they are it, since its fields only follow each other. */
function pieceOf(
  fields: Fields,
  merged: Map<FieldSchema, Uint8Array[]>,
  field: FieldSchema,
  piece: Uint8Array,
): void {
  const pieces = merged.get(field);
  if (pieces !== undefined) {
    pieces.push(piece);
    return;
  }
  merged.set(field, [piece]);
  // Fields stand in the order in which they came first.
  fields[field.jsonName] = null;
}

/** Whether a field of that schema is written so: repeated ones packed or not, as either may be read. */
export function fits(field: FieldSchema, type: WireType): boolean {
  const width = widthOf(field);
  if (field.type === 'group') return type === wireTypes.group;
  if (width === undefined) return type === wireTypes.bytes;
  const own = width === 8 ? wireTypes.fixed64 : width === 4 ? wireTypes.fixed32 : wireTypes.varint;
  return type === own || (type === wireTypes.bytes && field.repeated);
}

/** How one value of a field that may be packed is written; undefined for fields with content. */
export function widthOf({ type }: FieldSchema): 'varint' | 4 | 8 | undefined {
  switch (type) {
    case 'string':
    case 'bytes':
    case 'message':
    case 'group':
      return undefined;
    case 'double':
    case 'fixed64':
    case 'sfixed64':
      return 8;
    case 'float':
    case 'fixed32':
    case 'sfixed32':
      return 4;
    default:
      return 'varint';
  }
}

/** Those of 64 bits are texts. */
function integer(type: FieldSchema['type'], bytes: Uint8Array): Json {
  const value = readInteger(bytes, type);
  return type.includes('64') ? value.toString() : Number(value);
}

function float(value: number): Json {
  return Number.isFinite(value) ? value : String(value);
}

/** The shortest decimal that is the same 32-bit float: 0.1, not 0.10000000149011612. */
function shortest(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

/** A fixed-width value is a float where it would be one of ordinary size, else an integer. */
function guessFloat(value: number, bits: bigint): Json {
  const size = Math.abs(value);
  return size >= 1e-6 && size < 1e15 ? value : plain(bits);
}

function plain(value: bigint): Json {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value.toString();
}

/** A field without a schema is a list from its second value on. */
function add(fields: Fields, name: string, value: Json): void {
  const before = fields[name];
  if (before === undefined) fields[name] = value;
  else if (Array.isArray(before)) before.push(value);
  else fields[name] = [before, value];
}

function append(fields: Fields, name: string, value: Json): void {
  const list = fields[name];
  if (Array.isArray(list)) list.push(value);
  else fields[name] = [value];
}

function addEntry(fields: Fields, name: string, entry: MessageSchema, value: Json): void {
  const map = fields[name];
  const into: Fields = isObject(map) ? map : Object.create(null);
  const { key, value: content } = isObject(value) ? value : {};
  into[String(key ?? defaultOf(entry.fields.get(1)))] = content ?? defaultOf(entry.fields.get(2));
  fields[name] = into;
}

/** What a map's key or value is that is not on the wire. */
function defaultOf(field: FieldSchema | undefined): Json {
  switch (field?.type) {
    case 'string':
    case 'bytes':
      return '';
    case 'bool':
      return false;
    case 'message':
      return {};
    case 'int64':
    case 'uint64':
    case 'sint64':
    case 'fixed64':
    case 'sfixed64':
      return '0';
    default:
      return 0;
  }
}

function isObject(value: Json | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

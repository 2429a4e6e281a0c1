import { FieldReader, wireTypes } from './field-reader.ts';
import { limits } from './limits.ts';
import { varintOf } from './scalars.ts';
import { type FieldSchema, jsonNameOf, type MessageSchema, type ScalarType, Schemas } from './schema.ts';

/** Types by their number in `google.protobuf.FieldDescriptorProto.Type`. */
const types: readonly (ScalarType | 'message' | 'group' | 'enum' | undefined)[] = [
  undefined,
  'double',
  'float',
  'int64',
  'uint64',
  'int32',
  'fixed64',
  'fixed32',
  'bool',
  'string',
  'group',
  'message',
  'bytes',
  'uint32',
  'enum',
  'sfixed32',
  'sfixed64',
  'sint32',
  'sint64',
];

const repeatedLabel = 3;

/**
 * Adds what a `google.protobuf.FileDescriptorSet` describes. Returns false, and adds what came before, where the bytes
 * are none, or over the limit.
 */
export function addDescriptorSet(schemas: Schemas, bytes: Uint8Array): boolean {
  if (bytes.length > limits.schemaBytes) return false;
  const found = new Schemas();
  const whole = eachField(bytes, (number, file) => number !== 1 || addFile(found, file.content()));
  const known = (name: string): boolean =>
    [found, schemas].some((all) => all.messages.has(name) || all.enums.has(name));
  for (const message of found.messages.values()) schemas.addMessage(resolved(message, known));
  for (const one of found.enums.values()) schemas.addEnum(one);
  for (const { path, input, output, ...rest } of found.methods.values()) {
    const scope = path.slice(1, path.lastIndexOf('/'));
    schemas.addMethod({
      path,
      input: resolve(input, scope, known),
      output: resolve(output, scope, known),
      ...rest,
    });
  }
  return whole;
}

function resolved(message: MessageSchema, known: (name: string) => boolean): MessageSchema {
  const fields = [...message.fields].map(
    ([number, field]) =>
      [number, { ...field, typeName: resolve(field.typeName, message.name, known) }] as const,
  );
  return { ...message, fields: new Map(fields) };
}

/**
 * The full name of a type: `.pkg.Type` is written so already; any other is looked for in `scope` and outwards
 * (`google.protobuf.FieldDescriptorProto.type_name`).
 */
function resolve(written: string, scope: string, known: (name: string) => boolean): string {
  if (written === '' || written.startsWith('.')) return written.slice(1);
  const steps = scope.split('.');
  for (let length = steps.length; length > 0; length--) {
    const name = [...steps.slice(0, length), written].join('.');
    if (known(name)) return name;
  }
  return written;
}

/** The files that a set holds, each as a `FileDescriptorProto`, by their names; undefined where the bytes are no set. */
export function filesOf(bytes: Uint8Array): ReadonlyMap<string, Uint8Array> | undefined {
  const files = new Map<string, Uint8Array>();
  const whole = eachField(bytes, (number, field) => {
    const content = field.content();
    if (number === 1) files.set(record(content).text(1), content);
    return true;
  });
  return whole ? files : undefined;
}

function addFile(schemas: Schemas, bytes: Uint8Array): boolean {
  const name = record(bytes).text(2);
  const scope = name === '' ? '' : `${name}.`;
  return eachField(bytes, (number, field) => {
    switch (number) {
      case 4:
        return addMessage(schemas, scope, field.content(), 0);
      case 5:
        return addEnum(schemas, scope, field.content());
      case 6:
        return addService(schemas, scope, field.content());
      default:
        return true;
    }
  });
}

function addMessage(schemas: Schemas, scope: string, bytes: Uint8Array, depth: number): boolean {
  if (depth > limits.depth) return false;
  const { text, message } = record(bytes);
  const name = scope + text(1);
  const fields = new Map<number, FieldSchema>();
  const whole = eachField(bytes, (number, field) => {
    switch (number) {
      case 2: {
        const made = fieldOf(field.content());
        fields.set(made.number, made);
        return true;
      }
      case 3:
        return addMessage(schemas, `${name}.`, field.content(), depth + 1);
      case 4:
        return addEnum(schemas, `${name}.`, field.content());
      default:
        return true;
    }
  });
  const isMapEntry = record(message(7)).number(7) === 1;
  schemas.addMessage({ name, fields, isMapEntry });
  return whole;
}

function fieldOf(bytes: Uint8Array): FieldSchema {
  const { text, number } = record(bytes);
  const name = text(1);
  return {
    number: number(3),
    name,
    jsonName: text(10) || jsonNameOf(name),
    type: types[number(5)] ?? 'bytes',
    typeName: text(6),
    repeated: number(4) === repeatedLabel,
  };
}

function addEnum(schemas: Schemas, scope: string, bytes: Uint8Array): boolean {
  const values = new Map<number, string>();
  const whole = eachField(bytes, (number, field) => {
    if (number !== 2) return true;
    const value = record(field.content());
    const key = value.number(2);
    if (!values.has(key)) values.set(key, value.text(1));
    return true;
  });
  schemas.addEnum({ name: scope + record(bytes).text(1), values });
  return whole;
}

function addService(schemas: Schemas, scope: string, bytes: Uint8Array): boolean {
  const name = scope + record(bytes).text(1);
  return eachField(bytes, (number, field) => {
    if (number !== 2) return true;
    const method = record(field.content());
    schemas.addMethod({
      path: `/${name}/${method.text(1)}`,
      input: method.text(2),
      output: method.text(3),
      clientStreaming: method.number(5) === 1,
      serverStreaming: method.number(6) === 1,
    });
    return true;
  });
}

/** Calls `take` with each field; false where the bytes are no message, or `take` says so. */
function eachField(bytes: Uint8Array, take: (number: number, field: FieldReader) => boolean): boolean {
  const reader = new FieldReader(bytes);
  for (;;) {
    const read = reader.advance();
    if (read !== 'field') return read === 'end';
    if (!take(reader.number, reader)) return false;
  }
}

/** The single fields of a message by their numbers: absent ones are empty, or 0. */
function record(bytes: Uint8Array) {
  const last = (wanted: number, type: number): Uint8Array => {
    let found = new Uint8Array();
    eachField(bytes, (number, field) => {
      if (number === wanted && field.type === type) found = Uint8Array.from(field.content());
      return true;
    });
    return found;
  };
  return {
    text: (number: number) => Buffer.from(last(number, wireTypes.bytes)).toString('utf8'),
    number: (number: number) => Number(BigInt.asIntN(32, varintOf(last(number, wireTypes.varint)))),
    message: (number: number) => last(number, wireTypes.bytes),
  };
}

import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type protobuf from 'protobufjs';
import { DvrError } from '../../errors/index.ts';
import {
  type FieldSchema,
  jsonNameOf,
  type MessageSchema,
  type Schemas,
  scalarTypes,
} from '../../wire/protobuf/schema.ts';

/** Files of one folder that are read, and bytes of one file. */
const mostFiles = 10_000;
const fileLimit = 4 * 1024 * 1024;

/**
 * Adds what the `.proto` files of a folder, and of those below it, describe. Imports are looked for in the folder itself
 * and beside the file; those of `google/protobuf` are known. Throws `config-invalid` with file and line for one that
 * cannot be read, and for a type that no file has.
 */
export async function addProtoFolder(schemas: Schemas, folder: string): Promise<void> {
  const { default: library } = await import('protobufjs');
  const root = new library.Root();
  const files = await protoFiles(folder);
  let missing: DvrError | undefined;
  for (const file of files) {
    const source = await readSource(file);
    try {
      const parsed = library.parse(source, root, { keepCase: true, preferTrailingComment: false });
      for (const imported of [...(parsed.imports ?? []), ...(parsed.weakImports ?? [])]) {
        const beside = [join(folder, imported), join(dirname(file), imported)];
        if (!addCommon(library, root, imported) && !beside.some((path) => files.includes(path)))
          missing ??= notFound(file, source, imported);
      }
    } catch (thrown) {
      throw unreadable(file, thrown);
    }
  }
  try {
    root.resolveAll();
  } catch (thrown) {
    // An import alone is no fault: many are for options that say nothing of messages.
    throw missing ?? unreadable(folder, thrown);
  }
  addNamespace(library, schemas, root);
}

async function protoFiles(folder: string): Promise<readonly string[]> {
  let entries: readonly string[];
  try {
    entries = await readdir(folder, { recursive: true });
  } catch (cause) {
    throw new DvrError('config-invalid', 'this folder cannot be read', { where: `--proto ${folder}`, cause });
  }
  const found = entries.filter((name) => name.endsWith('.proto')).sort();
  if (found.length === 0 || found.length > mostFiles) {
    const count = found.length === 0 ? 'no .proto file' : `over ${mostFiles} .proto files`;
    throw new DvrError('config-invalid', `this folder holds ${count}`, { where: `--proto ${folder}` });
  }
  return found.map((name) => join(folder, name));
}

async function readSource(file: string): Promise<string> {
  try {
    const bytes = await readFile(file);
    if (bytes.length <= fileLimit) return bytes.toString('utf8');
  } catch (cause) {
    throw new DvrError('config-invalid', 'this file cannot be read', { where: file, cause });
  }
  throw new DvrError('config-invalid', 'this file is over 4 MiB', { where: file });
}

function unreadable(file: string, thrown: unknown): DvrError {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const [, line] = /\(.*line (\d+)\)/.exec(text) ?? [];
  const what = text.replace(/\s*\(.*line \d+\)/, '').replace(/^[^:]*: (?=illegal)/, '');
  return new DvrError('config-invalid', `this is not valid: ${what}`, {
    where: line === undefined ? relative('.', file) || file : `${relative('.', file)}:${line}`,
    hint: 'Give the folder that imports are relative to, or a descriptor set by --descriptor-set.',
    cause: thrown,
  });
}

function notFound(file: string, source: string, imported: string): DvrError {
  const line = source.split('\n').findIndex((text) => text.includes('import') && text.includes(imported)) + 1;
  return new DvrError('config-invalid', `it imports ${imported}, which is not found`, {
    where: `${relative('.', file)}${line === 0 ? '' : `:${line}`}`,
    hint: 'Give the folder that imports are relative to, or a descriptor set by --descriptor-set.',
  });
}

/** Adds a file that every compiler brings; false where it is none. */
function addCommon(library: typeof protobuf, root: protobuf.Root, name: string): boolean {
  const common = library.common.get(name);
  if (common?.nested !== undefined) root.addJSON(common.nested);
  return common !== null && common !== undefined;
}

function addNamespace(library: typeof protobuf, schemas: Schemas, namespace: protobuf.NamespaceBase): void {
  for (const inner of namespace.nestedArray) {
    if (inner instanceof library.Type) addType(library, schemas, inner);
    else if (inner instanceof library.Enum) addEnum(schemas, inner);
    else if (inner instanceof library.Service) addService(schemas, inner);
    if (inner instanceof library.Namespace) addNamespace(library, schemas, inner);
  }
}

const full = ({ fullName }: protobuf.ReflectionObject): string => fullName.replace(/^\./, '');

function addType(library: typeof protobuf, schemas: Schemas, type: protobuf.Type): void {
  const fields = type.fieldsArray.map((field) => {
    if (!(field instanceof library.MapField)) return fieldOf(library, field);
    const entry = addMapEntry(library, schemas, type, field);
    return { ...base(field), type: 'message' as const, typeName: entry, repeated: true };
  });
  schemas.addMessage({
    name: full(type),
    isMapEntry: false,
    fields: new Map(fields.map((field) => [field.number, field])),
  });
}

/** The library folds a map's entries into the field; on the wire they are messages. */
function addMapEntry(
  library: typeof protobuf,
  schemas: Schemas,
  type: protobuf.Type,
  field: protobuf.MapField,
): string {
  const name = `${full(type)}.${field.name}.entry`;
  const key = { ...named('key', 1), type: scalar(field.keyType), typeName: '', repeated: false };
  const value = { ...fieldOf(library, field), ...named('value', 2), repeated: false };
  const entry: MessageSchema = {
    name,
    isMapEntry: true,
    fields: new Map([
      [1, key],
      [2, value],
    ]),
  };
  schemas.addMessage(entry);
  return name;
}

function named(name: string, number: number) {
  return { number, name, jsonName: name };
}

function base(field: protobuf.FieldBase) {
  const option: unknown = field.options?.json_name;
  const jsonName = typeof option === 'string' ? option : jsonNameOf(field.name);
  return { number: field.id, name: field.name, jsonName };
}

function fieldOf(library: typeof protobuf, field: protobuf.FieldBase): FieldSchema {
  const { resolvedType, repeated } = field;
  if (resolvedType instanceof library.Enum)
    return { ...base(field), type: 'enum', typeName: full(resolvedType), repeated };
  if (resolvedType === null) return { ...base(field), type: scalar(field.type), typeName: '', repeated };
  const type = field instanceof library.Field && field.delimited ? 'group' : 'message';
  return { ...base(field), type, typeName: full(resolvedType), repeated };
}

function scalar(type: string): FieldSchema['type'] {
  return scalarTypes.find((known) => known === type) ?? 'bytes';
}

function addEnum(schemas: Schemas, type: protobuf.Enum): void {
  const values = new Map<number, string>();
  for (const [name, number] of Object.entries(type.values)) if (!values.has(number)) values.set(number, name);
  schemas.addEnum({ name: full(type), values });
}

function addService(schemas: Schemas, service: protobuf.Service): void {
  for (const method of service.methodsArray) {
    method.resolve();
    const { resolvedRequestType, resolvedResponseType } = method;
    if (resolvedRequestType === null || resolvedResponseType === null) continue;
    schemas.addMethod({
      path: `/${full(service)}/${method.name}`,
      input: full(resolvedRequestType),
      output: full(resolvedResponseType),
      clientStreaming: method.requestStream === true,
      serverStreaming: method.responseStream === true,
    });
  }
}

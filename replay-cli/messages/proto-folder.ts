import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
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
import { findProtoFiles } from './proto-files.ts';

/** Bytes of one file. */
const fileLimit = 4 * 1024 * 1024;

/**
 * Adds what the `.proto` files of a folder, and of those below it, describe; or one file and what it imports. Imports are
 * looked for in the folder itself and beside the file; those of `google/protobuf` are known. Throws `config-invalid` with
 * file and line for one that cannot be read, for a type that no file has, and for one that two files have.
 */
export async function addProtoFolder(schemas: Schemas, path: string): Promise<void> {
  const { default: library } = await import('protobufjs');
  const root = new library.Root();
  const { folder, files, single } = await findProtoFiles(path);
  const toRead = new Set(files);
  let missing: DvrError | undefined;
  for (const file of toRead) {
    const source = await readSource(file);
    for (const imported of parse(library, root, file, source)) {
      const beside = [join(folder, imported), join(dirname(file), imported)];
      const found = beside.find((path) => toRead.has(path) || (single && existsSync(path)));
      if (addCommon(library, root, imported)) continue;
      // A set that grows while it is walked gives what was added as well.
      if (found !== undefined) toRead.add(found);
      else missing ??= notFound(file, source, imported);
    }
  }
  try {
    root.resolveAll();
  } catch (thrown) {
    // An import alone is no fault: many are for options that say nothing of messages.
    throw missing ?? unreadable(path, thrown);
  }
  addNamespace(library, schemas, root);
}

/** Reads a file into `root`; what it imports. */
function parse(
  library: typeof protobuf,
  root: protobuf.Root,
  file: string,
  source: string,
): readonly string[] {
  // Every type then says which file it is from; the library's types do not know of it.
  Reflect.set(library.parse, 'filename', file);
  try {
    const { imports, weakImports } = library.parse(source, root, {
      keepCase: true,
      preferTrailingComment: false,
    });
    return [...(imports ?? []), ...(weakImports ?? [])];
  } catch (thrown) {
    throw declaredTwice(root, file, thrown) ?? unreadable(file, thrown);
  }
}

/** `undefined`: it is something else that was thrown. */
function declaredTwice(root: protobuf.Root, file: string, thrown: unknown): DvrError | undefined {
  const text = thrown instanceof Error ? thrown.message : '';
  const [, name, scope = ''] = /^duplicate name '(.+)' in \w+ ?\.?(.*)$/.exec(text) ?? [];
  if (name === undefined) return undefined;
  const type = scope === '' ? name : `${scope}.${name}`;
  const first = root.lookup(type)?.filename;
  if (typeof first !== 'string' || first === file) return undefined;
  return new DvrError('config-invalid', `it declares ${type}, as ${relative('.', first)} does`, {
    where: relative('.', file),
    hint: 'Give a folder that holds one of the two, or the one file, by --proto.',
    cause: thrown,
  });
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

import { readFile } from 'node:fs/promises';
import { DvrError } from '../../errors/index.ts';
import { anyText, list } from '../../program/flags.ts';
import type { Tape } from '../../tape/reader.ts';
import { addDescriptorSet } from '../../wire/protobuf/descriptor-set.ts';
import { Schemas } from '../../wire/protobuf/schema.ts';

/** What commands that show messages of calls take. */
export const schemaFlags = {
  proto: list('a folder of .proto files, or one file, by which messages of gRPC are read', 'PATH', anyText),
  descriptorSet: list(
    'a file with a FileDescriptorSet, likewise (protoc --descriptor_set_out)',
    'FILE',
    anyText,
  ),
};

export interface SchemaSources {
  readonly proto: readonly string[];
  readonly descriptorSet: readonly string[];
}

/**
 * The schemas of a tape's calls: what the user names, and for what that does not have the tape's own.
 * Throws `config-invalid` for a folder or file that cannot be read, `tape-damaged`.
 */
export async function loadSchemas(tape: Tape, { proto, descriptorSet }: SchemaSources): Promise<Schemas> {
  const schemas = new Schemas();
  for (const file of descriptorSet) await addFile(schemas, file);
  if (proto.length > 0) {
    // It brings a parser, which a replay without .proto files need not load.
    const { addProtoFolder } = await import('./proto-folder.ts');
    for (const folder of proto) await addProtoFolder(schemas, folder);
  }
  for (const { name } of tape.manifest.services) {
    const own = await tape.schemas(name);
    if (own !== undefined) addDescriptorSet(schemas, own);
  }
  return schemas;
}

async function addFile(schemas: Schemas, file: string): Promise<void> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    throw new DvrError('config-invalid', 'this file cannot be read', {
      where: `--descriptor-set ${file}`,
      cause,
    });
  }
  const before = schemas.messages.size;
  if (!addDescriptorSet(schemas, bytes) || schemas.messages.size === before) {
    throw new DvrError('config-invalid', 'this file holds no descriptor set', {
      where: `--descriptor-set ${file}`,
      hint: 'protoc --include_imports --descriptor_set_out=FILE makes one.',
    });
  }
}

import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { addProtoFolder } from '../../../replay-cli/messages/proto-folder.ts';
import { messageToJson } from '../../../wire/protobuf/json.ts';
import { Schemas } from '../../../wire/protobuf/schema.ts';
import { encode, schemas as fromSet, source } from '../../wire/protobuf/messages.ts';

let folder = '';
afterEach(async () => rm(folder, { recursive: true, force: true }));

async function folderOf(files: Record<string, string>): Promise<string> {
  folder = await mkdtemp(join(tmpdir(), 'dvr-proto-'));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
  return folder;
}

test('a folder of .proto files gives the schemas that a descriptor set of them gives', async () => {
  const schemas = new Schemas();
  await addProtoFolder(schemas, await folderOf({ 'shop/v1/carts.proto': source }));
  const bytes = encode({
    sku: 'A1',
    quantity: -3,
    balance: '-9',
    marks: [1, 2],
    size: 7,
    isGift: true,
    counts: { a: '1' },
    byId: { 7: { sku: 'B2' } },
    inside: { parts: [{ ratio: 0.5 }] },
  });
  const known = fromSet();
  expect([...schemas.methods.values()]).toEqual([...known.methods.values()]);
  const json = messageToJson(bytes, schemas.messageOf('/shop.v1.Carts/Add', 'client'), schemas);
  expect(json).toEqual(messageToJson(bytes, known.messageOf('/shop.v1.Carts/Add', 'client'), known));
  expect(json).toMatchObject({ size: 'LARGE', isGift: true, byId: { 7: { sku: 'B2' } } });
});

test('files import each other and those of Google; a field may have another name in JSON', async () => {
  const schemas = new Schemas();
  const files = {
    'a.proto': `syntax = "proto3"; package a; import "b/b.proto"; import "google/protobuf/timestamp.proto";
      message A { b.B inner = 1 [json_name = "within"]; google.protobuf.Timestamp made_at = 2; }
      service S { rpc Do (A) returns (stream b.B); }`,
    'b/b.proto': 'syntax = "proto3"; package b; message B { optional string text = 1; }',
  };
  await addProtoFolder(schemas, await folderOf(files));
  const bytes = Buffer.from([0x0a, 0x03, 0x0a, 0x01, 0x78, 0x12, 0x02, 0x08, 0x01]);
  expect(messageToJson(bytes, schemas.messages.get('a.A'), schemas)).toEqual({
    within: { text: 'x' },
    madeAt: '1970-01-01T00:00:01Z',
  });
  expect(schemas.methods.get('/a.S/Do')).toMatchObject({
    input: 'a.A',
    output: 'b.B',
    serverStreaming: true,
  });
});

test.each([
  ['a file that does not parse', { 'a.proto': 'syntax = "proto3";\nmessage {' }, /a\.proto:2$/, /not valid/],
  [
    'a type that no file has',
    { 'a.proto': 'syntax = "proto3"; message A { Missing b = 1; }' },
    /dvr-proto/,
    /Missing/,
  ],
  [
    'an import that is not found',
    {
      'a/ok.proto': 'syntax = "proto3"; package ok; message Ok { int32 n = 1; }',
      'a/x.proto':
        'syntax = "proto3";\nimport "ok.proto";\nimport "missing/x.proto";\nmessage R { missing.T a = 1; }',
    },
    /a\/x\.proto:3$/,
    /it imports missing\/x\.proto, which is not found/,
  ],
  [
    'a type that two files have',
    {
      'a/echo.proto': 'syntax = "proto3"; package echo; message Ask { int32 n = 1; }',
      'b/echo.proto': 'syntax = "proto3"; package echo; message Ask { int32 n = 1; }',
    },
    /b\/echo\.proto$/,
    /it declares echo\.Ask, as .*a\/echo\.proto does/,
  ],
  ['no .proto file', { 'a.txt': '' }, /^--proto/, /no \.proto file/],
])('%s is told with its place', async (_, files, where, message) => {
  const made = addProtoFolder(new Schemas(), await folderOf(files as Record<string, string>));
  await expect(made).rejects.toMatchObject({
    code: 'config-invalid',
    where: expect.stringMatching(where),
    message: expect.stringMatching(message),
  });
});

test('an import that is not found and not needed is no fault', async () => {
  const schemas = new Schemas();
  const source = 'syntax = "proto3"; import "google/api/annotations.proto"; message A { int32 n = 1; }';
  await addProtoFolder(schemas, await folderOf({ 'a.proto': source }));
  expect(schemas.messages.has('A')).toBe(true);
});

test('a folder that is not there is told', async () => {
  const made = addProtoFolder(new Schemas(), '/nowhere/at/all');
  await expect(made).rejects.toMatchObject({ code: 'config-invalid', where: '--proto /nowhere/at/all' });
});

test('node_modules and folders that begin with a dot are left out', async () => {
  const schemas = new Schemas();
  const same = 'syntax = "proto3"; package echo; message Ask { int32 n = 1; }';
  const files = {
    'src/echo.proto': same,
    'node_modules/some/echo.proto': same,
    'src/node_modules/some/echo.proto': same,
    '.cache/echo.proto': same,
  };
  await addProtoFolder(schemas, await folderOf(files));
  expect(schemas.messages.has('echo.Ask')).toBe(true);
});

test('links among folders that lead in circles are followed once', async () => {
  const schemas = new Schemas();
  await folderOf({ 'src/a.proto': 'syntax = "proto3"; message A { int32 n = 1; }' });
  await symlink('..', join(folder, 'src', 'up'));
  await addProtoFolder(schemas, folder);
  expect(schemas.messages.has('A')).toBe(true);
});

test('one file is read with what it imports, and nothing else', async () => {
  const schemas = new Schemas();
  const files = {
    'echo.proto': 'syntax = "proto3"; import "parts/b.proto"; message A { B b = 1; }',
    'parts/b.proto': 'syntax = "proto3"; import "c.proto"; message B { C c = 1; }',
    'parts/c.proto': 'syntax = "proto3"; message C { int32 n = 1; }',
    'other.proto': 'syntax = "proto3"; message A { int32 n = 1; }',
  };
  await addProtoFolder(schemas, join(await folderOf(files), 'echo.proto'));
  expect([...schemas.messages.keys()]).toEqual(expect.arrayContaining(['A', 'B', 'C']));
});

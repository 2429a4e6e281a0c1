import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { askSchemas, ReflectionFailure } from '../../../interceptor/reflection/ask-schemas.ts';
import { addDescriptorSet, filesOf } from '../../../wire/protobuf/descriptor-set.ts';
import { Schemas } from '../../../wire/protobuf/schema.ts';
import { source } from '../../wire/protobuf/messages.ts';
import { type Described, fileOf, type ReflectionServer, reflectionServer } from './reflection-server.ts';

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one[Symbol.asyncDispose]();
});

async function serve(described: Described, version?: 'v1' | 'v1alpha' | 'none'): Promise<ReflectionServer> {
  const server = await reflectionServer(described, version);
  open.push(server);
  return server;
}

const asking = (port: number, signal = new AbortController().signal) =>
  askSchemas(net.connect(port, '127.0.0.1'), `127.0.0.1:${port}`, signal);

const common = 'syntax = "proto3"; package shop.common; message Money { int64 units = 1; }';
const described: Described = {
  files: new Map([
    ['shop.proto', fileOf(source, 'shop.proto', ['common.proto', 'gone.proto'])],
    ['common.proto', fileOf(common, 'common.proto')],
  ]),
  services: new Map([
    ['shop.v1.Carts', 'shop.proto'],
    ['grpc.reflection.v1.ServerReflection', 'none'],
    ['grpc.health.v1.Health', 'none'],
  ]),
};

test.each(['v1', 'v1alpha'] as const)('a service tells its schemas by %s', async (version) => {
  const server = await serve(described, version);
  const { set, truncated } = await asking(server.port);
  const schemas = new Schemas();
  expect(addDescriptorSet(schemas, set)).toBe(true);
  expect(schemas.methods.get('/shop.v1.Carts/Add')).toMatchObject({ input: 'shop.v1.Item' });
  expect([...filesOf(set)!.keys()]).toEqual(['shop.proto', 'common.proto']);
  expect(truncated).toBe(false);
  expect(server.asked).toEqual([
    'listServices *',
    'fileContainingSymbol shop.v1.Carts',
    'fileByFilename common.proto',
    'fileByFilename gone.proto',
  ]);
});

test('a service without reflection is told from one that breaks off', async () => {
  const { port } = await serve(described, 'none');
  await expect(asking(port)).rejects.toThrow(/has no reflection/);
  const broken = net.createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  broken.listen(0, '127.0.0.1');
  await once(broken, 'listening');
  await expect(asking((broken.address() as AddressInfo).port)).rejects.toBeInstanceOf(ReflectionFailure);
  broken.close();
  await expect(asking((broken.address() as AddressInfo | null)?.port ?? 1)).rejects.toBeInstanceOf(
    ReflectionFailure,
  );
});

test('whoever ends does not wait for a service that does not answer', async () => {
  const silent = net.createServer(() => {});
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const ending = new AbortController();
  const asked = asking((silent.address() as AddressInfo).port, ending.signal);
  ending.abort();
  await expect(asked).rejects.toBeInstanceOf(ReflectionFailure);
  silent.close();
});

test('more than a mebibyte of schemas is cut at a file, and said', async () => {
  const padding = Buffer.alloc(600_000, 'x');
  const big = (name: string, needs: string[]) =>
    Buffer.concat([fileOf(common, name, needs), Buffer.from([0x42, 0xc0, 0xcf, 0x24]), padding]);
  const { port } = await serve({
    files: new Map([
      ['a.proto', big('a.proto', ['b.proto', 'c.proto'])],
      ['b.proto', big('b.proto', [])],
      ['c.proto', fileOf(common, 'c.proto')],
    ]),
    services: new Map([['shop.A', 'a.proto']]),
  });
  const { set, truncated } = await asking(port);
  expect(truncated).toBe(true);
  expect([...filesOf(set)!.keys()]).toEqual(['a.proto', 'c.proto']);
});

import { once } from 'node:events';
import { connect } from 'node:http2';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { afterEach, expect, it } from 'vitest';
import { WindowDecoder } from '../../../../committer/decode/window-decoder.ts';
import type { TargetAddress } from '../../../../program/address.ts';
import type { PayloadResult } from '../../../../replay-cli/engine/port.ts';
import type { ScrubbedExchange } from '../../../../tape/scrubbed.ts';
import { batchOf, startWallMs } from '../../../committer/decode/window.ts';
import { Recorded } from '../../../interceptor/parts/recorded.ts';
import { replayOf } from '../replay-of.ts';
import { fail, type GrpcService, serveGrpc } from './grpc/grpc-service.ts';
import { afterEnd, serveHttp2 } from './http2/http2-service.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** What the interceptor saw of `talk`, as the committer decodes it. The sanitizers, the only makers of the brand, are left out. */
async function recordedOf(
  target: TargetAddress,
  talk: (port: number) => Promise<void>,
): Promise<ScrubbedExchange[]> {
  await using recorded = await Recorded.start({}, { targetPort: target.port });
  await talk(recorded.port);
  const decoder = new WindowDecoder({ startWallMs, bodyLimit: 1 << 20 });
  decoder.push(batchOf(await recorded.records()));
  const exchanges = decoder.end();
  expect(decoder.gaps).toEqual([]);
  return exchanges.map(({ exchange, requestBody, responseBody }) => {
    const renamed = { ...exchange, service: 'checkout:8080' };
    return { exchange: renamed, requestBody, responseBody } as unknown as ScrubbedExchange;
  });
}

async function replayed(
  exchanges: readonly ScrubbedExchange[],
  target: TargetAddress,
): Promise<{ results: PayloadResult[]; over: string[] }> {
  await using replay = await replayOf(exchanges, target);
  const results: PayloadResult[] = [];
  const over: string[] = [];
  replay.listen((event) => {
    if (event.kind === 'received') results.push(event.result);
    if (event.kind === 'sent') over.push(event.over.client);
    if (event.kind === 'skipped') throw new Error(event.why);
  });
  await replay.run({ from: 1, timing: 'causal', speed: 1, awaitResults: true });
  return { results, over };
}

const counting = ({ differences }: PayloadResult) => differences.filter(({ noise }) => noise === undefined);

it('HTTP/2 that was recorded and is replayed to the same service has no difference that counts', async () => {
  await using service = await serveHttp2((seen, path) => {
    if (path === '/reset') seen.stream.close(11);
    else if (path === '/early') {
      seen.stream.respond({ ':status': 413 });
      seen.stream.end('too large');
    } else
      afterEnd(seen, () => {
        seen.stream.additionalHeaders({ ':status': 103, link: '</a.css>' });
        seen.stream.respond({ ':status': 200, 'x-path': path }, { waitForTrailers: true });
        seen.stream.on('wantTrailers', () => seen.stream.sendTrailers({ 'x-sum': '7' }));
        seen.stream.end(`you said ${seen.pieces.map(({ text }) => text).join('')}`);
      });
  });
  const exchanges = await recordedOf(service.target, async (port) => {
    const session = connect(`http://127.0.0.1:${port}`);
    const paths = ['/a', '/b', '/reset', '/early', '/c'];
    await Promise.all(
      paths.map(async (path) => {
        const stream = session.request({ ':path': path, ':method': 'POST', 'x-a': ['1', '2'] });
        stream.on('error', () => {});
        stream.write('one ');
        setTimeout(() => stream.end('two'), 20);
        stream.resume();
        await new Promise((resolve) => stream.once('close', resolve));
      }),
    );
    session.close();
    await once(session, 'close');
  });
  expect(exchanges).toHaveLength(5);
  service.streams.length = 0;
  const { results, over } = await replayed(exchanges, service.target);
  expect(results).toHaveLength(5);
  expect(results.flatMap(counting)).toEqual([]);
  expect(results.filter(({ leftClass }) => leftClass)).toEqual([]);
  expect(new Set(over)).toEqual(new Set(['http2']));
  expect(new Set(service.streams.map(({ connection }) => connection)).size).toBe(1);
});

const paths = {
  unary: '/shop.v1.Carts/Add',
  list: '/shop.v1.Carts/List',
  fill: '/shop.v1.Carts/Fill',
  chat: '/shop.v1.Carts/Chat',
  broken: '/shop.v1.Carts/Broken',
  cancelled: '/shop.v1.Carts/Watch',
};

function shop(): Promise<GrpcService> {
  return serveGrpc({
    [paths.unary]: ({ call }) => {
      call.once('data', (message: Buffer) => {
        call.write(Buffer.from(`${message}!`));
        call.end();
      });
    },
    [paths.list]: ({ call }) => {
      call.once('data', () => {
        for (const item of ['a', 'b', 'c']) call.write(Buffer.from(item));
        call.end();
      });
    },
    [paths.fill]: (seen) => {
      seen.call.on('end', () => {
        seen.call.write(Buffer.from(`${seen.messages.length} messages`));
        seen.call.end();
      });
    },
    [paths.chat]: ({ call }) => {
      call.on('data', (message: Buffer) => call.write(Buffer.from(`re ${message}`)));
      call.on('end', () => call.end());
    },
    [paths.broken]: (seen) => {
      seen.call.once('data', () => {
        seen.call.write(Buffer.from('half'));
        fail(seen, 13, 'no stock – sorry', { 'x-shard': '2' });
      });
    },
    [paths.cancelled]: ({ call }) => {
      call.write(Buffer.from('first'));
    },
  });
}

const same = (bytes: Buffer): Buffer => bytes;

/** Calls a method of the shop as grpc-js does it, and waits until it is over. */
async function callShop(client: Client, path: string, messages: readonly string[]): Promise<void> {
  const metadata = new Metadata();
  metadata.set('x-tenant', 'a');
  metadata.set('trace-bin', Buffer.from([1, 2, 3]));
  const call = client.makeBidiStreamRequest(path, same, same, metadata, { deadline: Date.now() + 20_000 });
  call.on('error', () => {});
  const over = new Promise((resolve) => call.once('status', resolve));
  for (const message of messages) {
    call.write(Buffer.from(message));
    if (path === paths.chat) await once(call, 'data');
  }
  if (path === paths.cancelled) {
    await once(call, 'data');
    call.cancel();
  } else {
    call.resume();
    call.end();
  }
  await over;
}

it('gRPC that was recorded and is replayed to the same service has no difference that counts', async () => {
  await using service = await shop();
  const exchanges = await recordedOf(service.target, async (port) => {
    const plain = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
    const zipped = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), {
      'grpc.default_compression_algorithm': 2,
      'grpc.use_local_subchannel_pool': 1,
    });
    closing.push(
      () => plain.close(),
      () => zipped.close(),
    );
    await Promise.all([
      callShop(plain, paths.unary, ['hello']),
      callShop(plain, paths.list, ['all']),
      callShop(zipped, paths.fill, ['one', 'two', 'three'.repeat(100)]),
      callShop(plain, paths.chat, ['a', 'b']),
      callShop(plain, paths.broken, ['x']),
      callShop(zipped, paths.unary, ['zipped']),
      callShop(plain, paths.cancelled, ['watch']),
    ]);
    for (const close of closing.splice(0)) close();
    await new Promise((resolve) => setTimeout(resolve, 50));
  });
  expect(exchanges).toHaveLength(7);
  const recordedCalls = service.calls.splice(0);
  const { results, over } = await replayed(exchanges, service.target);
  expect(results).toHaveLength(7);
  expect(results.flatMap(counting)).toEqual([]);
  expect(results.filter(({ leftClass }) => leftClass)).toEqual([]);
  expect(new Set(over)).toEqual(new Set(['grpc']));
  // The service was told the same, over as many connections.
  const told = (calls: typeof service.calls) =>
    calls.map(({ path, messages }) => `${path} ${messages.map(({ text }) => text).join()}`).sort();
  expect(told(service.calls)).toEqual(told(recordedCalls));
  expect(new Set(service.calls.map(({ peer }) => peer)).size).toBe(2);
});

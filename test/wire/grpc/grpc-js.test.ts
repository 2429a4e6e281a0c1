import { once } from 'node:events';
import { createServer, type Http2Server, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import * as grpc from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import type { HeaderField } from '../../../tape/exchange.ts';
import { callOf, encodingOf } from '../../../wire/grpc/call.ts';
import { openMessage } from '../../../wire/grpc/compression.ts';
import { readFrames, writeFrame } from '../../../wire/grpc/messages.ts';
import { decodeBinary, encodeStatusMessage, parseTimeout } from '../../../wire/grpc/metadata.ts';

/** What grpc-js writes is read here, and what is written here grpc-js reads. */
const same = (bytes: Buffer): Buffer => bytes;
const path = '/shop.v1.Carts/Add';
const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

interface Seen {
  readonly fields: readonly HeaderField[];
  readonly body: Buffer;
}

async function serve(
  answer: (stream: ServerHttp2Stream) => void,
): Promise<{ target: string; seen: Promise<Seen> }> {
  const server: Http2Server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  const seen = new Promise<Seen>((resolve) => {
    server.once('stream', async (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
      const chunks: Buffer[] = [];
      for await (const chunk of stream) chunks.push(chunk);
      answer(stream);
      const fields = Object.entries(headers).map(([name, value]): HeaderField => [name, String(value)]);
      resolve({ fields, body: Buffer.concat(chunks) });
    });
  });
  return { target: `127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

function client(target: string, options: grpc.ClientOptions = {}): grpc.Client {
  const made = new grpc.Client(target, grpc.credentials.createInsecure(), options);
  closing.push(() => made.close());
  return made;
}

const fine = (stream: ServerHttp2Stream) => {
  stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
  stream.end(writeFrame(0, Buffer.from('answer')));
};

describe('what grpc-js sends', () => {
  it.each([
    ['identity', 0],
    ['deflate', 1],
    ['gzip', 2],
  ])('is read message by message: %s', async (encoding, algorithm) => {
    const { target, seen } = await serve(fine);
    const metadata = new grpc.Metadata();
    metadata.set('trace-bin', Buffer.from([0, 255, 1]));
    const given = ['first', '', 'third'.repeat(100)].map((text) => Buffer.from(text));
    const answered = new Promise<Buffer | undefined>((resolve, reject) => {
      const call = client(target, {
        'grpc.default_compression_algorithm': algorithm,
      }).makeClientStreamRequest(
        path,
        same,
        same,
        metadata,
        { deadline: Date.now() + 10_000 },
        (error, value) => (error === null ? resolve(value) : reject(error)),
      );
      for (const message of given) call.write(message);
      call.end();
    });
    const { fields, body } = await seen;
    expect((await answered)?.toString()).toBe('answer');
    const found = callOf({ method: 'POST', target: path, fields })!;
    expect(found).toMatchObject({ dialect: 'grpc', service: 'shop.v1.Carts', method: 'Add' });
    const named = encodingOf(found, fields);
    expect(named).toBe(encoding === 'identity' ? '' : encoding);
    const { frames, rest } = readFrames(body, 'grpc', named, []);
    expect(rest).toBe(0);
    const opened = frames.map(({ payload, compressed }) =>
      openMessage(payload, compressed ? named : '', 10_000),
    );
    expect(opened.map((bytes) => Buffer.from(bytes!).toString())).toEqual(given.map(String));
    const value = (name: string) => fields.find(([given]) => given === name)?.[1] ?? '';
    expect(decodeBinary(value('trace-bin'))).toEqual([Buffer.from([0, 255, 1])]);
    expect(parseTimeout(value('grpc-timeout'))).toBeGreaterThan(5000);
  });
});

describe('what grpc-js reads', () => {
  it('are frames and a status message as they are written here', async () => {
    const text = 'no stock \u2603, 100 %\n';
    const { target, seen } = await serve((stream) => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
      stream.on('wantTrailers', () =>
        stream.sendTrailers({ 'grpc-status': '13', 'grpc-message': encodeStatusMessage(text) }),
      );
      stream.write(writeFrame(0, Buffer.from('one')));
      stream.end(writeFrame(0, Buffer.from('two')));
    });
    const call = client(target).makeServerStreamRequest(path, same, same, Buffer.from('ask'));
    const messages: string[] = [];
    call.on('data', (message: Buffer) => messages.push(message.toString()));
    const [error] = (await once(call, 'error')) as [grpc.ServiceError];
    await seen;
    expect(messages).toEqual(['one', 'two']);
    expect([error.code, error.details]).toEqual([13, text]);
  });
});

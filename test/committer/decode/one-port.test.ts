import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';
import net from 'node:net';
import { expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { WindowDecoder } from '../../../committer/decode/window-decoder.ts';
import { Recorded } from '../../interceptor/parts/recorded.ts';
import { batchOf, startWallMs } from './window.ts';

async function listening(server: net.Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** A service that speaks HTTP/1, HTTP/2 with prior knowledge and WebSocket on one port, as its libraries do. */
async function startService(): Promise<{ readonly port: number } & AsyncDisposable> {
  const one = http.createServer((request, response) => {
    request.resume().on('end', () => response.end(`one ${request.url}`));
  });
  const two = http2.createServer((request, response) => {
    request.resume().on('end', () => response.end(`two ${request.url}`));
  });
  new WebSocketServer({ server: one }).on('connection', (socket) =>
    socket.on('message', (said) => socket.send(`heard ${said}`)),
  );
  const [onePort, twoPort] = [await listening(one), await listening(two)];
  const port = net.createServer((socket) => {
    socket.once('data', (first: Buffer) => {
      const server = net.connect(first.toString('latin1', 0, 3) === 'PRI' ? twoPort : onePort, '127.0.0.1');
      server.write(first);
      socket.pipe(server).pipe(socket);
      for (const end of [socket, server]) end.on('error', () => end.destroy());
    });
  });
  return {
    port: await listening(port),
    [Symbol.asyncDispose]: async () => {
      one.closeAllConnections();
      for (const server of [port, one, two]) server.close();
    },
  };
}

async function askHttp1(port: number): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/first`, { headers: { connection: 'close' } });
  expect(await response.text()).toBe('one /first');
}

async function askHttp2(port: number): Promise<void> {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  const answers = ['/second', '/third'].map(async (path) => {
    const stream = session.request({ ':path': path, ':method': 'POST' }).end(`body of ${path}`);
    let text = '';
    for await (const piece of stream.setEncoding('utf8')) text += piece;
    return text;
  });
  expect(await Promise.all(answers)).toEqual(['two /second', 'two /third']);
  session.close();
  await once(session, 'close');
}

async function talk(port: number): Promise<void> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/fourth`);
  await once(socket, 'open');
  socket.send('hello');
  const [heard] = await once(socket, 'message');
  expect(String(heard)).toBe('heard hello');
  socket.close();
  await once(socket, 'close');
}

test('one port serves HTTP/1, HTTP/2 and WebSocket, and the window has what each of them said', async () => {
  await using service = await startService();
  await using recorded = await Recorded.start({}, { targetPort: service.port });
  await Promise.all([askHttp1(recorded.port), askHttp2(recorded.port), talk(recorded.port)]);
  const decoder = new WindowDecoder({ startWallMs, bodyLimit: 1 << 20 });
  decoder.push(batchOf(await recorded.records()));
  const told = decoder.end().map(({ exchange, requestBody, responseBody }) => ({
    protocol: exchange.protocol,
    target: exchange.request.head.target,
    status: exchange.response?.head.status,
    said: [requestBody, responseBody].map((bytes) => Buffer.from(bytes).toString('latin1')),
  }));
  const of = (target: string) => told.find((one) => one.target === target);
  expect(of('/first')).toMatchObject({ protocol: 'http/1', status: 200, said: ['', 'one /first'] });
  expect(of('/second')).toMatchObject({
    protocol: 'http/2',
    status: 200,
    said: ['body of /second', 'two /second'],
  });
  expect(of('/third')).toMatchObject({
    protocol: 'http/2',
    status: 200,
    said: ['body of /third', 'two /third'],
  });
  expect(of('/fourth')).toMatchObject({
    protocol: 'http/1',
    status: 101,
    said: [expect.stringMatching(/^hello/), expect.stringMatching(/^heard hello/)],
  });
  expect(told).toHaveLength(4);
  expect(decoder.gaps).toEqual([]);
  expect(recorded.faults).toEqual([]);
});

import { once } from 'node:events';
import net from 'node:net';
import { expect, test } from 'vitest';
import { adopt } from '../../../interceptor/relay/adopt.ts';

test('a socket that was adopted reads into the given buffer, pauses, and lets its server close', async () => {
  const source = Buffer.alloc(1024);
  const got: string[] = [];
  const server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const client = net.connect({ port, host: '127.0.0.1' });
  const [accepted] = (await once(server, 'connection')) as [net.Socket];
  const socket = adopt(accepted, source, (length, buffer) => {
    expect(buffer).toBe(source);
    got.push(buffer.toString('latin1', 0, length));
    return false;
  });
  client.write('first');
  await new Promise((resolve) => setImmediate(resolve));
  expect(got).toEqual([]);
  socket.resume();
  await expect.poll(() => got).toEqual(['first']);
  client.write('second');
  socket.write('back');
  expect(String((await once(client, 'data'))[0])).toBe('back');
  expect(got).toEqual(['first']);
  socket.resume();
  await expect.poll(() => got).toEqual(['first', 'second']);
  socket.resume();
  server.close();
  client.end();
  await once(socket, 'end');
  socket.end();
  await once(server, 'close');
});

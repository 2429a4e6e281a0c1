import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { setImmediate as turnOfLoop } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { mostWaiting } from '../../../interceptor/gateway/line.ts';
import { Turns } from '../../../interceptor/gateway/turns.ts';

const asked = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const perRead = Math.ceil(65_536 / asked.length);

let turns: Turns;
let server: http.Server;
let client: net.Socket;
let begun: http.ServerResponse[];
let parsed: number;
let held: number;
beforeEach(async () => {
  held = 0;
  turns = new Turns(() => held++);
  begun = [];
  parsed = 0;
  server = http.createServer((request, response) => {
    parsed++;
    turns.take(request.socket, response, () => void begun.push(response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = net.connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => {});
});
afterEach(() => {
  client.destroy();
  server.closeAllConnections();
  server.close();
});

/** Until nothing more is read: the client's writes stand still. */
async function untilStill(): Promise<void> {
  for (let before = -1, still = 0; still < 50; ) {
    await turnOfLoop();
    still = parsed > 0 && parsed === before ? still + 1 : 0;
    before = parsed;
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turnOfLoop();
}

describe('100,000 requests that one client pipelines', () => {
  const all = 100_000;

  test('are held to a few and one read while the first is not answered', async () => {
    client.write(asked.repeat(all));
    await untilStill();
    expect(begun).toHaveLength(1);
    expect(turns.waiting).toBeGreaterThanOrEqual(mostWaiting);
    expect(turns.waiting).toBeLessThanOrEqual(mostWaiting + perRead);
    expect(parsed).toBe(1 + turns.waiting);
  });

  test('are let go of in one step when the client has gone', async () => {
    client.write(asked.repeat(all));
    await untilStill();
    begun[0]?.socket?.destroy();
    await until(() => turns.waiting === 0);
    await untilStill();
    expect(begun).toHaveLength(1);
  });

  test('are all answered, and never more of them held', async () => {
    let [answered, most] = [0, 0];
    client.write(asked.repeat(all));
    client.on('data', () => {});
    while (answered < all) {
      await until(() => begun.length > 0);
      most = Math.max(most, turns.waiting);
      for (const response of begun.splice(0)) {
        answered++;
        response.end();
      }
    }
    expect(most).toBeLessThanOrEqual(mostWaiting + perRead);
    expect(turns.waiting).toBe(0);
    expect(held).toBe(1);
  });
});

test('the body of a request that waited comes whole once those before it are answered', async () => {
  const body = 'x'.repeat(300_000);
  let length = 0;
  server.prependListener('request', (request: http.IncomingMessage) => {
    if (request.method === 'POST') request.on('data', (chunk: Buffer) => (length += chunk.length));
  });
  client.write(
    `${asked.repeat(mostWaiting + 1)}POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  for (let answered = 0; answered < mostWaiting + 2; answered++) {
    await until(() => begun.length > 0);
    begun.shift()?.end();
  }
  await until(() => length === body.length);
});

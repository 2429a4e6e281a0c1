import { expect, test } from 'vitest';
import type { Exchange } from '../../tape/exchange.ts';
import { openTape } from '../../tape/reader.ts';
import type { ScrubbedExchange } from '../../tape/scrubbed.ts';
import { TapeWriter } from '../../tape/writer.ts';
import { MemoryParts, madePrimary, sketchExchange, writeTape } from './make-tape.ts';

const requestBody = Buffer.from('{"a":1}bye');
const made = sketchExchange({ start: 1, body: requestBody, method: 'POST', target: '/pkg.Service/Watch' });

/** The made exchange, changed. */
function changed(change: (exchange: Exchange) => Exchange): ScrubbedExchange {
  return { ...made, exchange: change(made.exchange) };
}

const stream = changed((exchange) => ({
  ...exchange,
  protocol: 'http/2',
  message: 7,
  failure: 'service_rst',
  rst: 8,
  request: {
    ...exchange.request,
    head: { ...exchange.request.head, version: 'HTTP/2', partial: true },
    body: {
      ...exchange.request.body,
      framing: { kind: 'stream', endStreamInHeaders: true },
      missed: { cause: 'stream_edge' },
      dropped: [{ at: 7, bytes: 12, cause: 'unreadable' }],
    },
  },
}));

const websocket = changed((exchange) => ({
  ...exchange,
  times: { ...exchange.times, requestStart: exchange.times.requestStart + 1 },
  request: {
    ...exchange.request,
    body: {
      ...exchange.request.body,
      framing: {
        kind: 'websocket',
        frames: [
          { at: 4, opcode: 1, fin: true, size: 7, compressed: true },
          { at: 9, opcode: 8, fin: true, size: 3 },
        ],
      },
    },
  },
}));

test('a stream of HTTP/2 and a WebSocket come out as they went in', async () => {
  const parts = new MemoryParts();
  await using tape = await openTape(parts, await writeTape(parts.open, [stream, websocket]));
  for (const [at, given] of [stream, websocket].entries()) {
    const exchange = await tape.exchange(at + 1);
    expect(exchange).toMatchObject({ ...given.exchange, id: at + 1 });
    expect(Buffer.from(await tape.body(exchange.request.body))).toEqual(requestBody);
  }
  expect(tape.summary(1)).toMatchObject({
    protocol: 'http/2',
    partial: true,
    message: 7,
    failure: 'service_rst',
    requestTruncated: true,
    responseTruncated: false,
  });
  expect(tape.summary(2)).toMatchObject({ protocol: 'http/1', partial: false });
});

test('frames that do not add up to their body are not written', async () => {
  const { exchange } = websocket;
  const frames = [{ at: 4, opcode: 1, fin: true, size: 6 }];
  const { request } = exchange;
  const body = { ...request.body, framing: { kind: 'websocket' as const, frames } };
  const wrong = { ...websocket, exchange: { ...exchange, request: { ...request, body } } };
  await expect(writeTape(new MemoryParts().open, [wrong])).rejects.toThrow(/frames add up/);
});

test('the schemas of a service are read back from their own part, and held to its digest', async () => {
  const parts = new MemoryParts();
  const writer = await TapeWriter.open(parts.open, madePrimary);
  await writer.add(made);
  await writer.addSchemas(madePrimary, Buffer.from([10, 0]));
  const written = await writer.finish();
  const path = written.schemas.get(madePrimary)!;
  expect(path).toBe('attempt-1/schemas/checkout-8080_1.binpb');
  const services = [{ name: madePrimary, schemas: path }, { name: 'inventory:80' }];
  const base = await writeTape(new MemoryParts().open, []);
  await using tape = await openTape(parts, { ...base, ...written, services });
  expect(await tape.schemas(madePrimary)).toEqual(Buffer.from([10, 0]));
  expect(await tape.schemas('inventory:80')).toBeUndefined();
  parts.bytes.set(path, Buffer.from([10, 1]));
  await expect(tape.schemas(madePrimary)).rejects.toThrow(/SHA-256/);
});

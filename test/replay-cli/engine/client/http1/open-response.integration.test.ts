import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { PayloadResult } from '../../../../../replay-cli/engine/port.ts';
import type { Exchange } from '../../../../../tape/exchange.ts';
import type { ScrubbedExchange } from '../../../../../tape/scrubbed.ts';
import { sketchExchange } from '../../../../tape/make-tape.ts';
import { type RawService, serveRaw } from '../../raw-service.ts';
import { replayOf } from '../../replay-of.ts';

const ms = 1e6;
const head = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n';

/** A recorded stream of events that its client left after `failedAt`, or that the tape outlived. */
function stream(body: string, change: Partial<Exchange>): ScrubbedExchange {
  const made = sketchExchange({
    start: 0,
    end: 20,
    target: '/events',
    responseFields: [['Content-Type', 'text/event-stream']],
    responseBody: body,
  });
  const { exchange } = made;
  const { responseEnd: _, ...times } = exchange.times;
  const response = exchange.response;
  if (response === undefined) throw new Error('there is a response');
  const open = {
    ...exchange,
    response: { ...response, body: { ...response.body, framing: { kind: 'close' as const } } },
    times,
    ...change,
  };
  return { ...made, exchange: open } as ScrubbedExchange;
}

async function replayed(service: RawService, recorded: ScrubbedExchange, patienceMs = 8_000) {
  await using replay = await replayOf([recorded], service.target, { patienceMs });
  const results: PayloadResult[] = [];
  const told: string[] = [];
  replay.listen((event) => {
    if (event.kind === 'received') results.push(event.result);
    if (event.kind !== 'message') return;
    const { number, label = 'message', content } = event.message;
    told.push(`${number} ${label} ${Buffer.from(content() ?? [])}`);
  });
  await replay.run({ from: 1, timing: 'causal', speed: 1, awaitResults: true });
  const [result = expect.unreachable()] = results;
  return { result, told };
}

const two = 'data: {"n":1}\n\nevent: tick\ndata: b\n\n';

describe('a stream of events', () => {
  it('that its client left is left where that had as many events, however late they are', async () => {
    await using service = await serveRaw(async ({ socket }) => {
      socket.write(`${head}data: {"n":1}\n\n`);
      await wait(150);
      socket.write('event: tick\ndata: b\n\ndata: c\n\n');
    });
    const { result, told } = await replayed(
      service,
      stream(two, { failure: 'client_gone', failedAt: 30 * ms }),
    );
    expect(result.outcome).toMatchObject({ kind: 'response', head: { status: 200 } });
    expect(result).toMatchObject({ differences: [], leftClass: false });
    expect(told).toEqual(['1 message {"n":1}', '2 tick b', '3 message c']);
    expect(result.endAt - result.sentAt).toBeGreaterThan(100);
    await expect.poll(() => service.connections[0]?.socket.destroyed).toBe(true);
  });

  it('that its client left is not left before', async () => {
    await using service = await serveRaw(({ socket }) => socket.write(head + two));
    const { result } = await replayed(service, stream(two, { failure: 'client_gone', failedAt: 200 * ms }));
    expect(result.endAt - result.sentAt).toBeGreaterThan(195);
  });

  it('that outlived the tape is left at its end', async () => {
    await using service = await serveRaw(({ socket }) => socket.write(head + two));
    const { result } = await replayed(service, stream(two, { failure: 'in_flight' }));
    expect(result).toMatchObject({ outcome: { kind: 'response' }, differences: [], leftClass: false });
    expect(result.endAt - result.sentAt).toBeLessThan(3_000);
  });

  it('of which events stay away is left after a while, and they are missed', async () => {
    await using service = await serveRaw(({ socket }) => socket.write(`${head}data: {"n":2}\n\n`));
    const { result } = await replayed(service, stream(two, { failure: 'client_gone', failedAt: 30 * ms }));
    expect(result.differences).toEqual([
      { where: 'event 1.n', recorded: '1', replayed: '2' },
      { where: 'event 2', recorded: 'b' },
    ]);
  }, 15_000);
});

it('a download that its client left is left where that had as many bytes, and compared as far', async () => {
  const recorded = stream('0123456789', { failure: 'client_gone', failedAt: 30 * ms });
  const fields = [['Content-Type', 'text/plain']] as const;
  const { response } = recorded.exchange;
  if (response === undefined) throw new Error('there is a response');
  const download = {
    ...recorded,
    exchange: { ...recorded.exchange, response: { ...response, head: { ...response.head, fields } } },
  } as ScrubbedExchange;
  await using service = await serveRaw(({ socket }) =>
    socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\n0123456789abc'),
  );
  const { result } = await replayed(service, download);
  expect(result.outcome).toMatchObject({ kind: 'response' });
  expect(result.differences.filter(({ where }) => where.startsWith('body'))).toEqual([]);
});

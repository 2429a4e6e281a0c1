import { describe, expect, it } from 'vitest';
import type {
  PassingMessage,
  PayloadResult,
  Sending,
  Timing,
} from '../../../../../replay-cli/engine/port.ts';
import type { TapeReplay } from '../../../../../replay-cli/engine/replay.ts';
import { callOf } from '../../../../../wire/grpc/call.ts';
import { readFrames } from '../../../../../wire/grpc/messages.ts';
import { outcomeOf } from '../../../../../wire/grpc/outcome.ts';
import { replayOf } from '../../replay-of.ts';
import { deadPort, targetAt } from '../../service-under-test.ts';
import { afterEnd, type SeenStream, serveHttp2 } from '../http2/http2-service.ts';
import { type CallSketch, callExchange } from './call-sketch.ts';
import { type Answer, fail, type GrpcService, serveGrpc } from './grpc-service.ts';

const path = '/shop.v1.Carts/Add';

interface Replayed {
  readonly results: PayloadResult[];
  readonly sendings: Sending[];
  readonly messages: (PassingMessage & { readonly id: number })[];
  readonly replay: TapeReplay;
}

async function replayAll(
  service: Pick<GrpcService, 'target'>,
  sketches: readonly CallSketch[],
  options: { readonly timing?: Timing; readonly patienceMs?: number } = {},
): Promise<Replayed> {
  const { timing = 'causal', patienceMs = 3_000 } = options;
  const replay = await replayOf(sketches.map(callExchange), service.target, { patienceMs });
  const replayed: Replayed = { results: [], sendings: [], messages: [], replay };
  replay.listen((event) => {
    if (event.kind === 'received') replayed.results.push(event.result);
    if (event.kind === 'sent') replayed.sendings.push(event);
    if (event.kind === 'message') replayed.messages.push({ id: event.id, ...event.message });
  });
  try {
    await replay.run({ from: 1, timing, speed: 1, awaitResults: true });
  } finally {
    await replay[Symbol.asyncDispose]();
  }
  replayed.results.sort((a, b) => a.id - b.id);
  return replayed;
}

/** Answers each message with its own text in capitals, and ends when the client does. */
const echo: Answer = ({ call }) => {
  call.on('data', (message: Buffer) => call.write(Buffer.from(message.toString().toUpperCase())));
  call.on('end', () => call.end());
};

/** Answers the only message once. */
const unary: Answer = ({ call }) => {
  call.once('data', (message: Buffer) => {
    call.write(Buffer.from(`${message}!`));
    call.end();
  });
};

function textsOf({ outcome }: PayloadResult): string[] {
  if (outcome.kind !== 'response') return [];
  return readFrames(outcome.body, 'grpc', '', []).frames.map(({ payload }) =>
    Buffer.from(payload).toString(),
  );
}

function statusOf({ outcome }: PayloadResult) {
  const call = callOf({ method: 'POST', target: path, fields: [['content-type', 'application/grpc']] });
  if (outcome.kind !== 'response' || call === undefined) return outcome;
  const told = outcomeOf(call, outcome);
  return told && { code: told.code, message: told.message };
}

describe('a call', () => {
  it('of one message goes through grpc-js with its metadata, and is answered', async () => {
    await using service = await serveGrpc({ [path]: unary });
    const { results, sendings } = await replayAll(service, [
      {
        start: 0,
        sent: [[0, 'hello']],
        received: [[8, 'hello!']],
        end: 10,
        metadata: [
          ['x-tenant', 'a'],
          ['x-tenant', 'b'],
          ['trace-bin', 'AAEC'],
          ['grpc-timeout', '5S'],
        ],
      },
    ]);
    const [seen] = service.calls;
    expect(seen?.messages.map(({ text }) => text)).toEqual(['hello']);
    expect(seen?.metadata.get('x-tenant')).toEqual(['a, b']);
    expect(seen?.metadata.get('trace-bin')).toEqual([Buffer.from([0, 1, 2])]);
    expect(seen?.metadata.get('user-agent')[0]).toMatch(/^grpc-go\/1\.68\.0 grpc-node-js\//);
    expect(seen?.call.getDeadline()).not.toBe(Number.POSITIVE_INFINITY);
    expect(sendings[0]?.over).toEqual({ client: 'grpc' });
    expect(textsOf(results[0]!)).toEqual(['hello!']);
    expect(statusOf(results[0]!)).toEqual({ code: 0, message: 'OK' });
    expect(results[0]?.outcome).toMatchObject({ head: { version: 'HTTP/2', status: 200 } });
  });

  it('that failed brings status, message and details', async () => {
    const trailers = { 'x-reason': 'stock' };
    await using service = await serveGrpc({
      [path]: (seen) => {
        seen.call.once('data', () => fail(seen, 13, 'no stock of A1 – sorry', trailers));
      },
    });
    const { results } = await replayAll(service, [{ start: 0, sent: [[0, 'x']], code: 13, end: 5 }]);
    expect(statusOf(results[0]!)).toEqual({ code: 13, message: 'no stock of A1 – sorry' });
    const { outcome } = results[0]!;
    const fields = outcome.kind === 'response' ? [...outcome.trailers, ...outcome.head.fields] : [];
    expect(fields).toContainEqual(['x-reason', 'stock']);
  });

  it('streams its messages at their times, and each after what the client had received before it', async () => {
    // The service takes 80 ms for an answer that took 5 when it was recorded.
    await using service = await serveGrpc({
      [path]: ({ call }) => {
        call.on('data', (message: Buffer) => setTimeout(() => call.write(Buffer.from(`re ${message}`)), 80));
        call.on('end', () => setTimeout(() => call.end(), 100));
      },
    });
    const { results, messages } = await replayAll(service, [
      {
        start: 0,
        sent: [
          [0, 'a'],
          [10, 'b'],
          [30, 'c'],
        ],
        requestEnd: 40,
        responseStart: 12,
        received: [
          [13, 're a'],
          [15, 're b'],
          [35, 're c'],
        ],
        end: 42,
      },
    ]);
    expect(messages.map(({ from, number }) => `${from} ${number}`)).toEqual([
      ...['client 1', 'client 2', 'service 1', 'service 2', 'client 3', 'service 3'],
    ]);
    expect(messages.map(({ content }) => Buffer.from(content() ?? []).toString())).toEqual([
      ...['a', 'b', 're a', 're b', 'c', 're c'],
    ]);
    expect(service.calls[0]?.messages.map(({ text }) => text)).toEqual(['a', 'b', 'c']);
    // The client ended 5 ms after it had received the last answer.
    expect(service.calls[0]?.endedAt).toBeGreaterThan(service.calls[0]!.messages[2]!.at + 70);
    expect(results[0]).toMatchObject({ unmet: 0 });
  });

  it('keeps to the clock with absolute timing, and to the order alone with fast', async () => {
    const sketch: CallSketch = {
      start: 0,
      sent: [
        [0, 'a'],
        [150, 'b'],
      ],
      received: [
        [100, 'A'],
        [200, 'B'],
      ],
      end: 210,
    };
    await using slow = await serveGrpc({
      [path]: ({ call }) => {
        call.on('end', () => setTimeout(() => call.end(), 10));
      },
    });
    await replayAll(slow, [sketch], { timing: 'absolute' });
    expect(slow.calls[0]?.messages[1]?.at).toBeGreaterThan(120);
    expect(slow.calls[0]?.messages[1]?.at).toBeLessThan(2_000);
    await using service = await serveGrpc({ [path]: echo });
    const { messages } = await replayAll(service, [sketch], { timing: 'fast' });
    expect(messages.map(({ from }) => from)).toEqual(['client', 'service', 'client', 'service']);
    expect(messages[2]!.at - messages[0]!.at).toBeLessThan(120);
  });

  it('compresses its messages where they were compressed', async () => {
    await using service = await serveHttp2((seen) => {
      afterEnd(seen, () => {
        seen.stream.respond(
          { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': 0 },
          { endStream: true },
        );
      });
    });
    const text = 'a text that is worth it '.repeat(20);
    const { sendings } = await replayAll(service, [{ start: 0, sent: [[0, text]], gzip: true, end: 5 }]);
    const [seen] = service.streams;
    expect(sendings[0]?.over.client).toBe('grpc');
    expect(seen?.head.join()).toContain('grpc-encoding,gzip');
    const sent = Buffer.from(seen?.pieces.map((piece) => piece.text).join('') ?? '', 'latin1');
    expect(sent[0]).toBe(1);
    expect(sent.length).toBeLessThan(text.length / 4);
  });

  it('is cancelled when the recorded client cancelled it', async () => {
    await using service = await serveGrpc({ [path]: () => {} });
    const { results } = await replayAll(service, [
      {
        start: 0,
        sent: [[0, 'x']],
        requestEnd: null,
        status: null,
        failure: 'client_rst',
        failedAt: 60,
        rst: 8,
      },
    ]);
    expect(results[0]?.outcome).toEqual({ kind: 'failure', failure: 'cancelled' });
    await expect.poll(() => service.calls[0]?.cancelledAt).toBeGreaterThan(40);
  });

  it('tells the code of a reset, and a lost connection from a cancellation', async () => {
    await using service = await serveHttp2(({ stream }, at) => {
      if (at.endsWith('Reset')) stream.close(11);
      else stream.session?.destroy();
    });
    const sketch: CallSketch = { start: 0, sent: [[0, 'x']], end: 5 };
    const { results } = await replayAll(service, [
      { ...sketch, target: '/shop.v1.Carts/Reset' },
      { ...sketch, start: 50, stream: 3, target: '/shop.v1.Carts/Gone' },
    ]);
    expect(results.map(({ outcome }) => outcome)).toEqual([
      { kind: 'failure', failure: 'rst', rst: 11 },
      { kind: 'failure', failure: 'closed' },
    ]);
  });

  it('brings all messages that came right before a failure', async () => {
    await using service = await serveGrpc({
      [path]: (seen) => {
        for (let number = 0; number < 50; number++) seen.call.write(Buffer.from(`${number}`));
        fail(seen, 13, 'broken');
      },
    });
    const { results } = await replayAll(service, [{ start: 0, sent: [[0, 'x']], code: 13, end: 5 }]);
    expect(textsOf(results[0]!)).toHaveLength(50);
  });

  it('is an error where the target was never reached', async () => {
    const target = targetAt(await deadPort());
    await expect(replayAll({ target }, [{ start: 0, sent: [[0, 'x']] }])).rejects.toMatchObject({
      code: 'target-out-of-reach',
    });
  });
});

describe('the connections of calls', () => {
  it('are shared by the calls that shared one, and by no others', async () => {
    await using service = await serveGrpc({ [path]: unary });
    const call: CallSketch = { start: 0, sent: [[0, 'x']], received: [[1, 'x!']], end: 2 };
    const { replay, results } = await replayAll(service, [
      { ...call, connection: 1, stream: 1 },
      { ...call, start: 10, connection: 1, stream: 3 },
      { ...call, start: 20, connection: 2, stream: 1 },
      { ...call, start: 30, connection: 1, stream: 5 },
    ]);
    expect(results.map((result) => statusOf(result))).toEqual(Array(4).fill({ code: 0, message: 'OK' }));
    expect(new Set(service.calls.map(({ peer }) => peer)).size).toBe(2);
    expect(replay.connectionCounts).toEqual({ opened: 2, reopened: 0, extra: 0 });
  });

  it('carry recorded bytes where one of their calls is nothing for grpc-js, with the reason', async () => {
    await using service = await serveHttp2((seen) => {
      afterEnd(seen, () =>
        seen.stream.respond(
          { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': 0 },
          { endStream: true },
        ),
      );
    });
    const call: CallSketch = { start: 0, sent: [[0, 'x']], end: 2 };
    const { sendings } = await replayAll(service, [
      { ...call, stream: 1 },
      { ...call, start: 10, stream: 3, contentType: 'application/grpc+json' },
    ]);
    expect(sendings.map(({ over }) => over)).toEqual([
      {
        client: 'http2',
        why: 'of its connection payload 2 cannot go through grpc-js: its messages are application/grpc+json',
      },
      { client: 'http2', why: 'its messages are application/grpc+json' },
    ]);
    expect(service.connections() - 1).toBe(1);
  });
});

describe('a stream that outlived the tape', () => {
  it('is sent as far as the tape goes, and left when what came until then has come', async () => {
    await using service = await serveGrpc({ [path]: echo });
    const { results, messages } = await replayAll(service, [
      {
        start: 0,
        sent: [
          [0, 'a'],
          [20, 'b'],
        ],
        requestEnd: null,
        responseStart: 5,
        received: [
          [10, 'A'],
          [30, 'B'],
        ],
        failure: 'in_flight',
      },
    ]);
    expect(messages.map(({ from, number }) => `${from} ${number}`)).toEqual([
      ...['client 1', 'service 1', 'client 2', 'service 2'],
    ]);
    expect(results[0]).toMatchObject({
      outcome: { kind: 'failure', failure: 'cancelled' },
      leftClass: false,
      differences: [],
    });
  });
});

describe('a call that is compared', () => {
  it('has no difference that counts where the service is the same', async () => {
    await using service = await serveGrpc({ [path]: unary });
    const { results } = await replayAll(service, [
      {
        start: 0,
        sent: [[0, 'hello']],
        received: [[8, 'hello!']],
        end: 10,
        details: 'OK',
        contentType: 'application/grpc+proto',
        responseMetadata: [
          ['grpc-accept-encoding', 'gzip'],
          ['date', 'Sat, 21 Nov 2026 18:00:39 GMT'],
        ],
      },
    ]);
    expect(results[0]?.differences.filter(({ noise }) => noise === undefined)).toEqual([]);
  });

  it('differs by its trailers', async () => {
    await using service = await serveGrpc({
      [path]: (seen) => {
        seen.call.once('data', () => fail(seen, 13, 'broken', { 'x-shard': '2' }));
      },
    });
    const { results } = await replayAll(service, [
      {
        start: 0,
        sent: [[0, 'x']],
        end: 5,
        code: 13,
        details: 'broken',
        responseTrailers: [
          ['grpc-status', '13'],
          ['grpc-message', 'broken'],
          ['x-shard', '1'],
        ],
      },
    ]);
    expect(results[0]?.differences.map(({ where }) => where)).toContain('trailer x-shard');
  });
});

describe('headers that are set by hand', () => {
  const send = async (name: string, value: string) => {
    await using service = await serveGrpc({ [path]: unary });
    const call = callExchange({ start: 0, sent: [[0, 'x']], received: [[1, 'x!']], end: 2 });
    const byHand = { headers: [{ name, value }], map: new Map<string, string>() };
    await using replay = await replayOf([call], service.target, { byHand });
    const sending = await replay.send(1);
    if (sending.kind !== 'sent') throw new Error(sending.why);
    await sending.result;
    return {
      over: sending.over,
      metadata: service.calls[0]?.metadata,
      host: service.calls[0]?.call.getHost(),
    };
  };

  it('are metadata, and Host is the authority', async () => {
    const tenant = await send('X-Tenant', 'b');
    expect(tenant.metadata?.get('x-tenant')).toEqual(['b']);
    expect(tenant.over.client).toBe('grpc');
    expect((await send('Host', 'other.example')).host).toBe('other.example');
  });

  it('go as they are where grpc-js would write its own', async () => {
    const { metadata, over } = await send('User-Agent', 'mine');
    expect(metadata?.get('user-agent')).toEqual(['mine']);
    expect(over).toEqual({ client: 'http2', why: '--header sets user-agent, which grpc-js writes itself' });
  });

  it('are refused where they cannot be sent', async () => {
    await expect(send('X-Name', 'é')).rejects.toMatchObject({ code: 'usage', where: '--header' });
    await expect(send('Connection', 'close')).rejects.toMatchObject({ code: 'usage', where: '--header' });
  });
});

describe('the end of a connection of calls', () => {
  const call: CallSketch = { start: 0, sent: [[0, 'x']], end: 2 };
  const answer = ({ stream }: SeenStream) =>
    stream.respond(
      { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': 0 },
      { endStream: true },
    );

  it('comes when the recorded client was done with it', async () => {
    await using service = await serveHttp2((seen) => afterEnd(seen, () => answer(seen)));
    const calls = [call, { ...call, start: 20, connection: 2 }].map(callExchange);
    await using replay = await replayOf(calls, service.target);
    const sending = await replay.send(1);
    if (sending.kind === 'sent') await sending.result;
    await expect.poll(() => service.open()).toBe(0);
  });

  it('by the service makes another one for the calls behind it', async () => {
    await using service = await serveHttp2((seen) =>
      afterEnd(seen, () => {
        const { session } = seen.stream;
        seen.stream.once('close', () => session?.goaway(0));
        answer(seen);
      }),
    );
    const { results, replay } = await replayAll(service, [call, { ...call, start: 80, stream: 3 }]);
    expect(results.map((result) => statusOf(result))).toEqual(Array(2).fill({ code: 0, message: '' }));
    expect(replay.connectionCounts).toEqual({ opened: 2, reopened: 1, extra: 0 });
  });
});

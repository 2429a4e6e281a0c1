import { describe, expect, it } from 'vitest';
import type { PayloadResult, Timing } from '../../../../../replay-cli/engine/port.ts';
import type { TapeReplay } from '../../../../../replay-cli/engine/replay.ts';
import type { HeaderField } from '../../../../../tape/exchange.ts';
import { type StreamSketch, streamExchange } from '../../../../tape/make-stream.ts';
import { serveRaw } from '../../raw-service.ts';
import { replayOf } from '../../replay-of.ts';
import { deadPort, targetAt } from '../../service-under-test.ts';
import { afterEnd, type Http2Service, type SeenStream, serveHttp2 } from './http2-service.ts';

const pseudo: readonly HeaderField[] = [
  [':scheme', 'https'],
  [':authority', 'shop.example'],
];

async function replayAll(
  service: Pick<Http2Service, 'target'>,
  sketches: readonly StreamSketch[],
  options: { readonly timing?: Timing; readonly speed?: number; readonly patienceMs?: number } = {},
): Promise<{ results: PayloadResult[]; replay: TapeReplay }> {
  const { timing = 'causal', speed = 1, patienceMs = 3_000 } = options;
  const replay = await replayOf(sketches.map(streamExchange), service.target, { patienceMs });
  const results: PayloadResult[] = [];
  replay.listen((event) => {
    if (event.kind === 'received') results.push(event.result);
  });
  try {
    await replay.run({ from: 1, timing, speed, awaitResults: true });
  } finally {
    await replay[Symbol.asyncDispose]();
  }
  return { results: results.sort((a, b) => a.id - b.id), replay };
}

const ok = ({ stream }: Pick<SeenStream, 'stream'>) => {
  stream.respond({ ':status': 200 });
  stream.end('fine');
};

describe('an HTTP/2 request', () => {
  it('has the recorded head: names, values, order and duplicates', async () => {
    await using service = await serveHttp2(ok);
    const fields: HeaderField[] = [
      ...pseudo,
      ['x-twice', 'a'],
      ['accept', '*/*'],
      ['x-twice', 'b'],
      ['content-type', 'text/plain'],
      ['content-type', 'text/html'],
      ['te', 'trailers'],
      ['latin', '\u00e9\u00ff'],
      ['empty', ''],
    ];
    await replayAll(service, [{ start: 0, target: '/x?y=%20', fields }]);
    expect(service.streams[0]?.head).toEqual([
      ...[':method', 'GET', ':scheme', 'https', ':authority', 'shop.example', ':path', '/x?y=%20'],
      ...fields.slice(2).flat(),
    ]);
  });

  it("takes the target's authority where the tape has none, and adds none beside a Host field", async () => {
    await using service = await serveHttp2(ok);
    await replayAll(service, [
      { start: 0, fields: [[':scheme', 'http']] },
      {
        start: 20,
        stream: 3,
        fields: [
          [':scheme', 'http'],
          ['host', 'shop.example'],
        ],
      },
    ]);
    const heads = service.streams.map(({ head }) => head);
    expect(heads[0]).toContain(`127.0.0.1:${service.target.port}`);
    expect(heads[1]).not.toContain(':authority');
    expect(heads[1]).toContain('shop.example');
  });

  it('sends its pieces at their times, ends with its trailers, and gets the response with its trailers', async () => {
    await using service = await serveHttp2((seen) => {
      afterEnd(seen, () => {
        seen.stream.additionalHeaders({ ':status': 103, link: '</a.css>' });
        seen.stream.respond({ ':status': 201, 'X-A': ['1', '2'] }, { waitForTrailers: true });
        seen.stream.on('wantTrailers', () => seen.stream.sendTrailers({ 'x-sum': '9' }));
        seen.stream.end('done');
      });
    });
    const { results } = await replayAll(service, [
      {
        start: 0,
        fields: pseudo,
        sent: [
          [0, 'one'],
          [60, 'two'],
          [120, 'three'],
        ],
        requestEnd: 180,
        trailers: [['x-check', 'yes']],
        status: 201,
        end: 190,
      },
    ]);
    const [seen] = service.streams;
    expect(seen?.pieces.map(({ text }) => text)).toEqual(['one', 'two', 'three']);
    expect(seen?.trailers).toEqual(['x-check', 'yes']);
    const times = [...(seen?.pieces ?? []).map(({ at }) => at), seen?.endedAt ?? 0];
    for (const [index, at] of times.entries()) expect(at).toBeGreaterThan(index * 60 - 20);
    expect(results[0]?.outcome).toMatchObject({
      kind: 'response',
      head: { version: 'HTTP/2', status: 201, reason: '' },
      trailers: [['x-sum', '9']],
    });
    const { outcome } = results[0]!;
    if (outcome.kind !== 'response') throw new Error('no response');
    expect(outcome.head.fields.slice(0, 2)).toEqual([
      ['x-a', '1'],
      ['x-a', '2'],
    ]);
    expect(Buffer.from(outcome.body).toString()).toBe('done');
    expect(outcome.arrivals?.reduce((sum, [, bytes]) => sum + bytes, 0)).toBe(4);
  });

  it('ends with its head where it did, and with an empty DATA frame where that came later', async () => {
    await using service = await serveHttp2((seen) => afterEnd(seen, () => ok(seen)));
    await replayAll(service, [
      { start: 0, fields: pseudo, method: 'DELETE' },
      {
        start: 20,
        stream: 3,
        fields: pseudo,
        method: 'POST',
        endStreamInHeaders: false,
        requestEnd: 90,
        end: 95,
      },
    ]);
    const [first, second] = service.streams;
    expect(first?.pieces).toEqual([]);
    expect((second?.endedAt ?? 0) - (second?.at ?? 0)).toBeGreaterThan(60);
  });

  it('waits for 100 (Continue) where the recorded client did', async () => {
    await using service = await serveHttp2((seen) => {
      setTimeout(() => seen.stream.additionalHeaders({ ':status': 100 }), 80);
      afterEnd(seen, () => ok(seen));
    });
    await replayAll(service, [
      {
        start: 0,
        fields: [...pseudo, ['expect', '100-continue']],
        interim: [{ at: 5e6, head: { version: 'HTTP/2', status: 100, reason: '', fields: [] } }],
        sent: [[6, 'body']],
        end: 10,
      },
    ]);
    expect(service.streams[0]?.pieces[0]?.at).toBeGreaterThan(70);
  });

  it('that no HTTP/2 client may send is left out with the reason', async () => {
    await using service = await serveHttp2(ok);
    await using replay = await replayOf(
      [streamExchange({ start: 0, fields: [...pseudo, ['connection', 'close']] })],
      service.target,
    );
    expect(await replay.send(1)).toEqual({
      kind: 'skipped',
      id: 1,
      why: 'its field connection is not allowed in HTTP/2',
    });
  });
});

describe('the connections of HTTP/2', () => {
  it('are shared by the streams that shared one, and overlap as recorded', async () => {
    await using service = await serveHttp2(({ stream }) => {
      setTimeout(() => {
        stream.respond({ ':status': 200 });
        stream.end();
      }, 50);
    });
    const { results, replay } = await replayAll(service, [
      { start: 0, connection: 1, stream: 1, fields: pseudo, target: '/a', end: 50 },
      { start: 10, connection: 1, stream: 3, fields: pseudo, target: '/b', end: 60 },
      { start: 20, connection: 2, stream: 1, fields: pseudo, target: '/c', end: 70 },
      { start: 100, connection: 1, stream: 5, fields: pseudo, target: '/d', end: 150 },
    ]);
    expect(results.map(({ outcome }) => outcome.kind)).toEqual(Array(4).fill('response'));
    const shared = Object.fromEntries(service.streams.map(({ head, connection }) => [head[7], connection]));
    expect(shared['/a']).toBe(shared['/b']);
    expect(shared['/a']).toBe(shared['/d']);
    expect(shared['/c']).not.toBe(shared['/a']);
    expect(replay.connectionCounts).toEqual({ opened: 2, reopened: 0, extra: 0 });
  });

  it('end when the recorded client was done with them', async () => {
    await using service = await serveHttp2(ok);
    await using replay = await replayOf(
      [
        streamExchange({ start: 0, fields: pseudo }),
        streamExchange({ start: 20, connection: 2, fields: pseudo }),
      ],
      service.target,
    );
    const sending = await replay.send(1);
    if (sending.kind === 'sent') await sending.result;
    await expect.poll(() => service.open()).toBe(0);
  });

  it('are opened beside one on which the service takes no more streams at once', async () => {
    await using service = await serveHttp2(
      ({ stream }) => {
        setTimeout(() => {
          stream.respond({ ':status': 200 });
          stream.end();
        }, 60);
      },
      { maxConcurrentStreams: 1 },
    );
    const { results, replay } = await replayAll(service, [
      { start: 0, stream: 1, fields: pseudo, end: 60 },
      { start: 20, stream: 3, fields: pseudo, end: 80 },
    ]);
    expect(results.map(({ outcome }) => outcome.kind)).toEqual(['response', 'response']);
    expect(replay.connectionCounts).toEqual({ opened: 2, reopened: 0, extra: 1 });
  });

  it('are opened anew where the service went away', async () => {
    await using service = await serveHttp2(({ stream }) => {
      const { session } = stream;
      stream.respond({ ':status': 200 });
      stream.end();
      stream.once('close', () => session?.goaway(0));
    });
    const { results, replay } = await replayAll(service, [
      { start: 0, stream: 1, fields: pseudo },
      { start: 60, stream: 3, fields: pseudo },
    ]);
    expect(results.map(({ outcome }) => outcome.kind)).toEqual(['response', 'response']);
    expect(replay.connectionCounts.reopened).toBe(1);
  });
});

describe('a stream that fails', () => {
  const outcomeOf = async (answer: Parameters<typeof serveHttp2>[0], sketch: Partial<StreamSketch> = {}) => {
    await using service = await serveHttp2(answer);
    const { results } = await replayAll(
      service,
      [{ start: 0, fields: pseudo, sent: [[0, 'x']], ...sketch }],
      { patienceMs: 300 },
    );
    const [seen] = service.streams;
    await expect.poll(() => seen?.closed).toBeDefined();
    return { outcome: results[0]?.outcome, seen };
  };

  it('is told by the code with which the service reset it', async () => {
    const { outcome } = await outcomeOf(({ stream }) => stream.close(11));
    expect(outcome).toEqual({ kind: 'failure', failure: 'rst', rst: 11 });
  });

  it('is told as a lost connection where that is what happened', async () => {
    const { outcome } = await outcomeOf(({ stream }) => stream.session?.destroy());
    expect(outcome).toMatchObject({ kind: 'failure', failure: 'closed' });
  });

  it('is told as a timeout where no answer comes', async () => {
    const { outcome } = await outcomeOf(() => {});
    expect(outcome).toEqual({ kind: 'failure', failure: 'timeout' });
  });

  it('is reset by us with the recorded code at the recorded time', async () => {
    const { outcome, seen } = await outcomeOf(() => {}, {
      status: null,
      requestEnd: null,
      failure: 'client_rst',
      failedAt: 80,
      rst: 8,
    });
    expect(outcome).toEqual({ kind: 'failure', failure: 'cancelled' });
    expect(seen?.closed?.code).toBe(8);
    expect(seen?.closed?.at).toBeGreaterThan(60);
  });

  it('is left with its connection where the recorded client went away', async () => {
    await using service = await serveHttp2(() => {});
    const { results } = await replayAll(service, [
      {
        start: 0,
        fields: pseudo,
        sent: [[0, 'x']],
        requestEnd: null,
        status: null,
        failure: 'client_gone',
        failedAt: 40,
      },
    ]);
    expect(results[0]?.outcome).toEqual({ kind: 'failure', failure: 'cancelled' });
    await expect.poll(() => service.open()).toBe(0);
  });

  it('is malformed where the target does not speak HTTP/2', async () => {
    await using service = await serveRaw(({ socket }) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const { results } = await replayAll(service, [{ start: 0, fields: pseudo }]);
    expect(results[0]?.outcome).toEqual({ kind: 'failure', failure: 'malformed' });
  });

  it('is an error where the target was never reached', async () => {
    const target = targetAt(await deadPort());
    await expect(replayAll({ target }, [{ start: 0, fields: pseudo }])).rejects.toMatchObject({
      code: 'target-out-of-reach',
    });
  });
});

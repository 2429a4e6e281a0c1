import { describe, expect, it } from 'vitest';
import type { PayloadResult, ReplayEvent, RunOptions } from '../../../replay-cli/engine/port.ts';
import type { TapeReplay } from '../../../replay-cli/engine/replay.ts';
import { replayOf } from './replay-of.ts';
import { deadPort, serve, targetAt } from './service-under-test.ts';

const whole = { timing: 'causal', speed: 1, awaitResults: true } as const satisfies Partial<RunOptions>;

const host = ['Host', 'checkout'] as const;

function resultsOf(replay: TapeReplay): PayloadResult[] {
  const results: PayloadResult[] = [];
  replay.listen((event: ReplayEvent) => event.kind === 'received' && results.push(event.result));
  return results;
}

describe('a replay', () => {
  it('sends every payload once and tells what came back', async () => {
    const seen: string[] = [];
    await using service = await serve((request, response) => {
      seen.push(`${request.method} ${request.url}`);
      response.end('here');
    });
    await using replay = await replayOf(
      [
        {
          start: 0,
          method: 'POST',
          target: '/a',
          body: 'x',
          responseBody: 'here',
          connection: 1,
          message: 0,
        },
        { start: 20, target: '/b', responseBody: 'there', connection: 1, message: 1 },
      ],
      service.target,
    );
    const results = resultsOf(replay);
    const end = await replay.run({ from: 1, ...whole });
    expect(end).toMatchObject({ why: 'end', sent: 2, next: undefined });
    expect(seen).toEqual(['POST /a', 'GET /b']);
    expect(results.map(({ id, leftClass }) => [id, leftClass])).toEqual([
      [1, false],
      [2, false],
    ]);
    const counting = results[1]?.differences.filter(({ noise }) => noise === undefined);
    expect(counting).toEqual([{ where: 'body word 1', recorded: 'there', replayed: 'here' }]);
    expect(replay.connectionCounts).toEqual({ opened: 1, reopened: 0, extra: 0 });
  });

  it('keeps what was in flight at once in flight at once, on as many connections', async () => {
    let open = 0;
    let most = 0;
    await using service = await serve((_, response) => {
      most = Math.max(most, ++open);
      setTimeout(() => {
        open--;
        response.end();
      }, 100);
    });
    await using replay = await replayOf(
      [
        { start: 0, end: 100, connection: 1, session: 'a' },
        { start: 50, end: 150, connection: 2, session: 'a' },
        { start: 60, end: 160, connection: 3, session: 'a' },
      ],
      service.target,
    );
    const { overlap } = await replay.run({ from: 1, ...whole });
    expect(most).toBe(3);
    expect(overlap).toMatchObject({ recorded: 3, kept: 3, lostCount: 0 });
  });

  it('carries the cookie, the path id and the field that this replay brought, not the recorded ones', async () => {
    const seen: { url: string; cookie: string | undefined; body: string }[] = [];
    await using service = await serve((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        seen.push({ url: request.url ?? '', cookie: request.headers.cookie, body });
        if (request.url !== '/orders') return response.end('{}');
        response.setHeader('Set-Cookie', 'sid=replayed-session; Path=/');
        response.setHeader('Content-Type', 'application/json');
        response.end('{"id":42,"token":"replayed-token-longer"}');
      });
    });
    const json = ['Content-Type', 'application/json'] as const;
    const item = '{"order_id":7,"token":"recorded-token","note":"recorded-token"}';
    await using replay = await replayOf(
      [
        {
          start: 0,
          method: 'POST',
          target: '/orders',
          responseFields: [json, ['Set-Cookie', 'sid=recorded-session; Path=/']],
          responseBody: '{"id":7,"token":"recorded-token"}',
        },
        {
          start: 30,
          method: 'POST',
          target: '/orders/7/items',
          fields: [
            host,
            ['Cookie', 'theme=dark; sid=recorded-session'],
            json,
            ['Content-Length', `${item.length}`],
          ],
          body: item,
          message: 1,
          responseBody: '{}',
        },
      ],
      service.target,
    );
    const results = resultsOf(replay);
    await replay.run({ from: 1, ...whole });
    expect(seen[1]).toEqual({
      url: '/orders/42/items',
      cookie: 'theme=dark; sid=replayed-session',
      body: '{"order_id":42,"token":"replayed-token-longer","note":"recorded-token"}',
    });
    expect(results[1]?.replaced.map(({ where, old, value }) => `${where}: ${old} → ${value}`)).toEqual([
      'path segment 2: 7 → 42',
      'cookie sid: recorded-session → replayed-session',
      'body.order_id: 7 → 42',
      'body.token: recorded-token → replayed-token-longer',
    ]);
  });

  it('calls a value that no request carries on a difference, and one that a request does moved', async () => {
    await using service = await serve((request, response) => {
      response.setHeader('Content-Type', 'application/json');
      response.end(request.url === '/orders' ? '{"ref":"teapot-x","state":"open"}' : '{}');
    });
    const fields = [['Content-Type', 'application/json']] as const;
    await using replay = await replayOf(
      [
        {
          start: 0,
          target: '/orders',
          responseFields: fields,
          responseBody: '{"ref":"kettle","state":"shut"}',
        },
        { start: 30, target: '/orders/kettle', message: 1, responseFields: fields, responseBody: '{}' },
      ],
      service.target,
    );
    const results = resultsOf(replay);
    await replay.run({ from: 1, ...whole });
    const bodies = results[0]?.differences.filter(({ where }) => where.startsWith('body'));
    expect(bodies?.map(({ where, noise }) => [where, noise])).toEqual([
      ['body.ref', 'moved'],
      ['body.state', undefined],
    ]);
  });

  it('sends values as recorded without moved state', async () => {
    const cookies: (string | undefined)[] = [];
    await using service = await serve((request, response) => {
      cookies.push(request.headers.cookie);
      response.setHeader('Set-Cookie', 'sid=replayed-session');
      response.end();
    });
    await using replay = await replayOf(
      [
        { start: 0, responseFields: [['Set-Cookie', 'sid=recorded-session']] },
        { start: 30, fields: [host, ['Cookie', 'sid=recorded-session']], message: 1 },
      ],
      service.target,
      { moved: false },
    );
    await replay.run({ from: 1, ...whole });
    expect(cookies).toEqual([undefined, 'sid=recorded-session']);
  });

  it('refuses to open where nothing answers', async () => {
    const target = targetAt(await deadPort());
    await expect(replayOf([{ start: 0 }], target)).rejects.toMatchObject({
      code: 'target-out-of-reach',
      exitCode: 5,
    });
  });

  it('steps: a payload in flight is told, and its result comes when it comes', async () => {
    let answer: (() => void) | undefined;
    await using service = await serve((_, response) => {
      answer = () => response.end();
    });
    await using replay = await replayOf([{ start: 0, target: '/slow' }], service.target, {
      patienceMs: Number.POSITIVE_INFINITY,
    });
    const sending = await replay.send(1);
    expect(replay.inFlight.map(({ id }) => id)).toEqual([1]);
    expect(await replay.settle(30)).toBe(false);
    answer?.();
    if (sending.kind !== 'sent') throw new Error('it was sent');
    expect((await sending.result).outcome).toMatchObject({ kind: 'response', head: { status: 200 } });
    expect(await replay.settle(1000)).toBe(true);
  });

  it('runs on from where it was stepped to, and stops before a payload that it is told to', async () => {
    const seen: string[] = [];
    await using service = await serve((request, response) => {
      seen.push(request.url ?? '');
      response.end();
    });
    await using replay = await replayOf(
      [1, 2, 3, 4].map((n) => ({ start: n * 20, target: `/${n}`, message: n })),
      service.target,
    );
    await replay.send(1);
    await replay.settle(1000);
    const end = await replay.run({
      from: 1,
      ...whole,
      stopBefore: ({ exchange }) => exchange.request.head.target === '/4',
    });
    expect(end).toMatchObject({ why: 'stopped_before', at: 4, next: 4, sent: 2 });
    expect(seen).toEqual(['/1', '/2', '/3']);
  });

  it.each(['causal', 'absolute'] as const)(
    'with timing %s sends what is due right before where it stops, and nothing behind',
    async (timing) => {
      const seen: string[] = [];
      await using service = await serve((request, response) => {
        seen.push(request.url ?? '');
        setTimeout(() => response.end(), 20);
      });
      await using replay = await replayOf(
        [0, 50, 50.2, 50.4, 50.6].map((start, index) => ({
          ...{ start, end: start + 20, target: `/${index + 1}`, connection: index + 1 },
        })),
        service.target,
      );
      const end = await replay.run({
        ...{ from: 1, ...whole, timing },
        stopBefore: ({ exchange }) => exchange.id === 4,
      });
      expect(end).toMatchObject({ why: 'stopped_before', at: 4, next: 4, sent: 3, ahead: [] });
      expect(seen).toEqual(['/1', '/2', '/3']);
    },
  );

  it('stops sending when it is aborted', async () => {
    await using service = await serve((_, response) => response.end());
    await using replay = await replayOf(
      [
        { start: 0, message: 0 },
        { start: 60_000, message: 1 },
      ],
      service.target,
    );
    const stop = new AbortController();
    replay.listen((event) => event.kind === 'received' && stop.abort());
    const end = await replay.run({ from: 1, ...whole, signal: stop.signal });
    expect(end).toMatchObject({ why: 'aborted', sent: 1, next: 2 });
  });

  it('narrows to a session and says what it left out', async () => {
    const seen: string[] = [];
    await using service = await serve((request, response) => {
      seen.push(request.url ?? '');
      response.end();
    });
    await using replay = await replayOf(
      [
        { start: 0, target: '/a', session: 'a', connection: 1 },
        { start: 10, target: '/b', session: 'b', connection: 2 },
        { start: 30, target: '/a2', session: 'a', connection: 1, message: 1 },
      ],
      service.target,
      { session: 'a' },
    );
    expect(replay.scope.leftOut).toEqual(['1 payload of other sessions']);
    await replay.run({ from: 1, ...whole });
    expect(seen).toEqual(['/a', '/a2']);
  });

  it('forgets moved state and opens new connections after a restart', async () => {
    const cookies: (string | undefined)[] = [];
    let session = 0;
    await using service = await serve((request, response) => {
      cookies.push(request.headers.cookie);
      if (request.url === '/login') response.setHeader('Set-Cookie', `sid=replayed-${++session}`);
      response.end();
    });
    await using replay = await replayOf(
      [
        { start: 0, target: '/login', responseFields: [['Set-Cookie', 'sid=recorded-session']] },
        { start: 20, target: '/cart', fields: [host, ['Cookie', 'sid=recorded-session']], message: 1 },
      ],
      service.target,
    );
    await replay.run({ from: 1, ...whole });
    await replay.restart();
    await replay.run({ from: 1, ...whole });
    expect(cookies).toEqual([undefined, 'sid=replayed-1', undefined, 'sid=replayed-2']);
    expect(replay.connectionCounts.opened).toBe(1);
  });
});

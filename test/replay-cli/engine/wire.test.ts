import { describe, expect, it } from 'vitest';
import { PreciseTimer } from '../../../replay-cli/engine/client/precise-timer.ts';
import { LastOnConnection } from '../../../replay-cli/engine/last-on-connection.ts';
import { Pass } from '../../../replay-cli/engine/pass.ts';
import type { Outcome } from '../../../replay-cli/engine/port.ts';
import { scopeOf } from '../../../replay-cli/engine/scope.ts';
import { MessageViews } from '../../../replay-cli/messages/message-views.ts';
import type { Exchange, ExchangeWithBodies, HeaderField } from '../../../tape/exchange.ts';
import { madePrimary, makeTape, sketchExchange } from '../../tape/make-tape.ts';
import { type RawService, serveRaw } from './raw-service.ts';

const ms = 1e6;
const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';

/** A recorded request, changed where a sketch says too little. */
function recorded(
  fields: readonly HeaderField[],
  change: (exchange: Exchange) => Partial<Exchange>,
  body = '',
) {
  const made = sketchExchange({ start: 0, method: 'POST', target: '/x?y=%20', fields, body });
  return { ...made, exchange: { ...made.exchange, id: 1, ...change(made.exchange) } };
}

/** Sends recorded requests one after another without waiting, over the connections that they name. */
async function sendAll(
  service: RawService,
  all: readonly ExchangeWithBodies[],
  pipelined = true,
): Promise<Outcome[]> {
  using timer = new PreciseTimer();
  await using tape = await makeTape([{ start: 0 }]);
  const scope = scopeOf(tape, { services: new Set([madePrimary]) });
  using pass = new Pass({
    targets: new Map([[madePrimary, service.target]]),
    tls: {},
    timer,
    byHand: { headers: [], map: new Map() },
    moved: false,
    patienceMs: 3_000,
    connectionsEnd: new LastOnConnection(tape, scope),
    views: new MessageViews(),
    emit: () => {},
  });
  const results: Promise<{ outcome: Outcome }>[] = [];
  for (const one of all) {
    const loaded = await pass.take(one);
    results.push(
      (
        await pass.fire(loaded, pass.build(loaded, { speed: 1, stepping: true }), {
          timing: 'causal',
          speed: 1,
          pipelined,
        })
      ).result,
    );
  }
  return (await Promise.all(results)).map(({ outcome }) => outcome);
}

describe('a request on the wire', () => {
  it('has the recorded bytes: order, case, duplicates and odd blanks of its head', async () => {
    await using service = await serveRaw(({ socket }) => socket.write(ok));
    const fields: HeaderField[] = [
      ['hOsT', 'checkout'],
      ['X-Twice', 'a'],
      ['x-twice', 'b', ':'],
      ['Empty', '', ':'],
    ];
    await sendAll(service, [recorded(fields, () => ({}))]);
    expect(service.connections[0]?.text()).toBe(
      'POST /x?y=%20 HTTP/1.1\r\nhOsT: checkout\r\nX-Twice: a\r\nx-twice:b\r\nEmpty:\r\n\r\n',
    );
  });

  it('keeps chunks, their extensions, trailers, and when the pieces came', async () => {
    await using service = await serveRaw((connection) => {
      if (connection.text().endsWith('\r\n\r\n') && connection.text().includes('0\r\nX-Sum'))
        connection.socket.write(ok);
    });
    const chunked = recorded(
      [
        ['Host', 'a'],
        ['Transfer-Encoding', 'chunked'],
      ],
      ({ request, times }) => ({
        request: {
          ...request,
          body: {
            ...request.body,
            framing: { kind: 'chunked', chunks: [[5, ';n=1'], [6]] },
            arrivals: [
              [0, 3],
              [150 * ms, 8],
            ],
          },
          trailers: [['X-Sum', '9']],
        },
        times: { ...times, requestEnd: 300 * ms },
      }),
      'hello world',
    );
    const outcomes = await sendAll(service, [chunked]);
    expect(outcomes[0]).toMatchObject({ kind: 'response', head: { status: 200 } });
    const { pieces, text } = service.connections[0]!;
    expect(text()).toBe(
      'POST /x?y=%20 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n' +
        '5;n=1\r\nhello\r\n6\r\n world\r\n0\r\nX-Sum: 9\r\n\r\n',
    );
    expect(pieces.map(({ text: piece }) => piece.slice(-5))).toEqual([
      '\r\nhel',
      'rld\r\n',
      '\r\n\r\n'.padStart(5, '9'),
    ]);
  });

  it('waits for 100 (Continue) where the recorded client did, and sends nothing of the body before', async () => {
    await using service = await serveRaw(({ socket, text }) => {
      if (text().endsWith('\r\n\r\n')) setTimeout(() => socket.write('HTTP/1.1 100 Continue\r\n\r\n'), 60);
      else socket.write(ok);
    });
    const expecting = recorded(
      [
        ['Host', 'a'],
        ['Content-Length', '4'],
        ['Expect', '100-continue'],
      ],
      ({ request, times }) => ({
        request: { ...request, body: { ...request.body, arrivals: [[6 * ms, 4]] } },
        interim: [{ at: 5 * ms, head: { version: 'HTTP/1.1', status: 100, reason: 'Continue', fields: [] } }],
        times: { ...times, requestEnd: 6 * ms },
      }),
      'body',
    );
    const outcomes = await sendAll(service, [expecting]);
    expect(outcomes[0]).toMatchObject({ kind: 'response', head: { status: 200 } });
    const { pieces } = service.connections[0]!;
    expect(pieces.at(-1)?.text).toBe('body');
    expect(pieces.at(-1)!.at - pieces[0]!.at).toBeGreaterThan(55);
  });

  it('leaves the body unsent where the answer comes instead of 100 (Continue)', async () => {
    await using service = await serveRaw(({ socket }) =>
      socket.write('HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n'),
    );
    const expecting = recorded(
      [
        ['Host', 'a'],
        ['Content-Length', '4'],
        ['Expect', '100-continue'],
      ],
      ({ request }) => ({
        request: { ...request, body: { ...request.body, arrivals: [[6 * ms, 4]] } },
        interim: [{ at: 5 * ms, head: { version: 'HTTP/1.1', status: 100, reason: 'Continue', fields: [] } }],
      }),
      'body',
    );
    const [outcome] = await sendAll(service, [expecting]);
    expect(outcome).toMatchObject({ kind: 'response', head: { status: 417 } });
    expect(service.connections[0]?.text()).not.toContain('body');
  });

  it('shares a connection where requests were pipelined, and reads the answers in their order', async () => {
    await using service = await serveRaw((connection) => {
      if (connection.text().split('\r\n\r\n').length < 3) return;
      connection.socket.write('HTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\naHTTP/1.1 200 OK\r\n');
      setTimeout(
        () => connection.socket.write('Transfer-Encoding: chunked\r\n\r\n1;x=y\r\nb\r\n0\r\nT: z\r\n\r\n'),
        10,
      );
    });
    const host: HeaderField[] = [['Host', 'a']];
    const outcomes = await sendAll(service, [
      recorded(host, () => ({ id: 1 })),
      recorded(host, () => ({ id: 2 })),
    ]);
    expect(service.connections.length).toBe(1);
    expect(outcomes).toMatchObject([
      { head: { status: 201 }, body: Buffer.from('a') },
      { head: { status: 200 }, body: Buffer.from('b'), trailers: [['T', 'z']] },
    ]);
  });

  it('opens another connection where the recorded one is busy and was not pipelined', async () => {
    await using service = await serveRaw(({ socket }) => {
      if (service.connections.length === 2) for (const other of service.connections) other.socket.write(ok);
      else socket.pause().resume();
    });
    const host: HeaderField[] = [['Host', 'a']];
    const both = [recorded(host, () => ({ id: 1 })), recorded(host, () => ({ id: 2 }))];
    const outcomes = await sendAll(service, both, false);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['response', 'response']);
    expect(service.connections.length).toBe(2);
  });

  it('reads a body that lasts until the connection closes, and one answered to HEAD', async () => {
    await using service = await serveRaw(({ socket, text }) => {
      if (text().startsWith('HEAD')) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n');
      else socket.end('HTTP/1.1 200 OK\r\n\r\nuntil the end');
    });
    const host: HeaderField[] = [['Host', 'a']];
    const head = recorded(host, ({ request }) => ({
      connection: 2,
      request: { ...request, head: { ...request.head, method: 'HEAD' } },
    }));
    const outcomes = await sendAll(service, [recorded(host, () => ({})), head]);
    expect(outcomes).toMatchObject([
      { kind: 'response', body: Buffer.from('until the end') },
      { kind: 'response', body: Buffer.from('') },
    ]);
  });

  it.each([
    ['reset', (service: RawService) => service.connections[0]?.socket.resetAndDestroy()],
    ['closed', (service: RawService) => service.connections[0]?.socket.end()],
    ['malformed', (service: RawService) => service.connections[0]?.socket.write('what?\r\n\r\n')],
  ] as const)('tells a connection that ends %s before its answer', async (failure, end) => {
    await using service = await serveRaw(() => end(service));
    const [outcome] = await sendAll(service, [recorded([['Host', 'a']], () => ({}))]);
    expect(outcome).toEqual({ kind: 'failure', failure });
  });

  it('keeps the head of an answer that broke off', async () => {
    await using service = await serveRaw(({ socket }) =>
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf'),
    );
    const [outcome] = await sendAll(service, [recorded([['Host', 'a']], () => ({}))]);
    expect(outcome).toMatchObject({ kind: 'failure', failure: 'closed', head: { status: 200 } });
  });
});

import { describe, expect, it } from 'vitest';
import type { ConnectionTap } from '../../../../interceptor/relay/tap.ts';
import type {
  DataRecord,
  LedgerRecord,
  Sender,
  SkipRecord,
  TriggerRecord,
} from '../../../../ledger/segment.ts';
import { preface } from '../../../../wire/first-bytes.ts';
import { Http2Connection } from '../../../../wire/http2/connection.ts';
import { frameTypes } from '../../../../wire/http2/frame.ts';
import {
  data,
  endHeaders,
  endStream,
  type Fields,
  frame,
  get,
  headers,
  ok,
  settings,
  settingsAck,
  uint32,
} from '../../../wire/http2/frames.ts';
import {
  client,
  follow,
  Log,
  opening,
  pushAll,
  type Segment,
  service,
} from '../../../wire/http2/playbook.ts';
import { observe } from '../../parts/observed.ts';
import { type Rules, request, textOf } from '../../parts/recorded.ts';

const whole = endHeaders | endStream;
const rst = (stream: number, code: number): Buffer => frame(frameTypes.rstStream, 0, stream, uint32(code));
const call: Fields = [...get, ['content-type', 'application/grpc']];

type Step = Segment | ((tap: ConnectionTap) => void) | 'hand';

interface Observed {
  readonly records: readonly LedgerRecord[];
  readonly triggers: readonly TriggerRecord[];
  readonly counters: { exchanges: number; ignoredExchanges: number; opaque: number };
  readonly idle: boolean;
}

/** What is recorded of one connection, behind the opening. */
function observed(steps: readonly Step[], rules: Rules = {}, first: readonly Step[] = opening): Observed {
  const counters = { exchanges: 0, ignoredExchanges: 0, opaque: 0 };
  let idle = false;
  const batches = observe(
    (driven) => {
      const tap = driven.open();
      for (const step of [...first, ...steps]) {
        if (step === 'hand') driven.hand();
        else if (typeof step === 'function') step(tap);
        else driven.send(tap, step.sender, Buffer.from(step.bytes).toString('latin1'));
      }
      idle = tap.idle();
      tap.close();
      const { exchanges, ignoredExchanges, opaqueConnections } = driven.counters;
      Object.assign(counters, { exchanges, ignoredExchanges });
      counters.opaque = Object.values(opaqueConnections).reduce((sum, count) => sum + count, 0);
    },
    { rules },
  );
  const records = batches.flatMap((batch) => batch.records);
  const triggers = records.filter((record): record is TriggerRecord => record.kind === 'trigger');
  return { records, triggers, counters, idle };
}

const all = (sender: Sender, steps: readonly Step[]): string =>
  [...opening, ...steps]
    .map((step) =>
      typeof step === 'object' && step.sender === sender ? Buffer.from(step.bytes).toString('latin1') : '',
    )
    .join('');

const onGrpc: Rules = { triggers: [{ kind: 'on_grpc_status', codes: [13] }] };

describe('an HTTP/2 connection', () => {
  const asked = client(headers(1, get, whole), headers(3, get, whole));
  const answered = service(headers(3, ok), data(3, 'hello', endStream), headers(1, ok, whole));

  it('is recorded byte by byte, without marks, and each stream counted as an exchange', () => {
    const { records, counters, triggers, idle } = observed([asked, answered]);
    expect(textOf(records, 1, 'client')).toBe(all('client', [asked]));
    expect(textOf(records, 1, 'service')).toBe(all('service', [answered]));
    expect(records.filter((record) => record.kind === 'data' && record.mark !== undefined)).toEqual([]);
    expect(counters).toEqual({ exchanges: 2, ignoredExchanges: 0, opaque: 0 });
    expect(triggers).toEqual([]);
    expect(idle).toBe(true);
  });

  it('is not idle while a stream is open', () => {
    expect(observed([asked, service(headers(3, ok, whole))]).idle).toBe(false);
  });

  it('is opaque from the segment on that breaks the protocol', () => {
    const broken = client(data(9, 'x'));
    const later = client(headers(5, get, whole));
    const { records, counters } = observed([asked, broken, later, answered]);
    expect(textOf(records, 1, 'client')).toBe(all('client', [asked, broken]));
    expect(textOf(records, 1, 'service')).toBe(all('service', []));
    expect(records.at(-1)).toMatchObject({ kind: 'closed' });
    expect(records.find(({ kind }) => kind === 'opaque')).toMatchObject({ cause: 'malformed' });
    expect(counters).toEqual({ exchanges: 2, ignoredExchanges: 0, opaque: 1 });
  });

  it('gives a state from which a decoder goes on', () => {
    const upload = client(headers(5, call), data(5, '\0\0\0\0\u0004ab'));
    const rest = [client(data(5, 'cd', endStream)), service(headers(5, ok, whole))];
    const { records } = observed([asked, answered, upload, 'hand', ...rest]);
    const state = records.findIndex(({ kind }) => kind === 'state');
    const found = records[state];
    if (found?.kind !== 'state') throw new Error('no state was written');
    expect(found.protocol).toBe('http/2');
    const log = new Log();
    const connection = Http2Connection.fromState(found.bytes, log, { keepsAll: true })!;
    const behind = records.slice(state).filter((record): record is DataRecord => record.kind === 'data');
    expect(behind[0]?.offset).toBe(connection.client.offset);
    expect(connection.streams.get(5)).toMatchObject({ method: 'GET', path: '/cart' });
    expect(connection.streams.get(5)?.client.messages?.position).toEqual({ prefix: 5, length: 2 });
    pushAll(connection, behind);
    expect(log.entries).toEqual(
      follow([...opening, asked, answered, upload, ...rest])
        .log.entries.slice(-4)
        .map((entry) => entry.replace('data of client \0\0\0\0\u0004ab', 'data of client ')),
    );
  });

  it('that was upgraded goes on with the exchange that led there as stream 1', () => {
    const ask = Buffer.from(
      request(
        '/cart',
        'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAA\r\n',
      ),
    );
    const switched = Buffer.from(
      'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
    );
    const steps = [
      client(ask),
      service(switched, settings(), headers(1, [[':status', '503']], whole)),
      client(preface, settings(), settingsAck),
      client(headers(3, get, whole)),
      service(settingsAck, headers(3, ok, whole)),
    ];
    const { triggers, counters, records } = observed(steps, {}, []);
    expect(triggers).toMatchObject([{ message: 1, fingerprint: 'GET /cart 503' }]);
    expect(counters).toEqual({ exchanges: 2, ignoredExchanges: 0, opaque: 0 });
    const more = [
      client(headers(5, get), data(5, 'x'.repeat(10_000))),
      'hand',
      client(data(5, 'x')),
    ] as const;
    const state = observed(more, {}, steps).records.findLast(({ kind }) => kind === 'state');
    if (state?.kind !== 'state') throw new Error('no state was written');
    const { client: asks, service: serves } = Http2Connection.fromState(state.bytes, new Log())!;
    expect([asks.offset, serves.offset]).toEqual([
      textOf(records, 1, 'client').length + more[0].bytes.length,
      textOf(records, 1, 'service').length,
    ]);
  });
});

describe('a trigger', () => {
  const asked = client(headers(1, [...get, ['sid', 'me']], whole));

  it('fires on the status of a stream', () => {
    const { triggers } = observed([
      asked,
      service(headers(1, [[':status', '103']]), headers(1, [[':status', '500']], whole)),
    ]);
    expect(triggers).toMatchObject([{ trigger: 'on_status', message: 1, fingerprint: 'GET /cart 500' }]);
  });

  it('fires on the code of a call, from trailers and from a head that is all of the response', () => {
    const head: Fields = [...ok, ['content-type', 'application/grpc']];
    const trailers = service(headers(1, head), headers(1, [['grpc-status', '13']], whole));
    const only = service(headers(1, [...head, ['grpc-status', '13']], whole));
    for (const answer of [trailers, only]) {
      expect(observed([asked, answer], onGrpc).triggers).toMatchObject([
        { trigger: 'on_grpc_status', message: 1, fingerprint: 'GET /cart INTERNAL' },
      ]);
      expect(observed([asked, answer]).triggers).toMatchObject([{ trigger: 'on_status' }]);
    }
    expect(
      observed([asked, service(headers(1, head), headers(1, [['grpc-status', '5']], whole))], onGrpc)
        .triggers,
    ).toEqual([]);
  });

  it('fires on the code in the body of a gRPC-Web response, and in the error of a Connect call', () => {
    const web: Fields = [...ok, ['content-type', 'application/grpc-web+proto']];
    const end = '\x80\0\0\0\x11grpc-status: 13\r\n';
    const answer = service(
      headers(1, web),
      data(1, `\0\0\0\0\x01a${end.slice(0, 9)}`),
      data(1, end.slice(9), endStream),
    );
    expect(observed([asked, answer], onGrpc).triggers).toMatchObject([{ fingerprint: 'GET /cart INTERNAL' }]);
    const connect = client(headers(1, [...get, ['connect-protocol-version', '1']], whole));
    const failed: Fields = [
      [':status', '404'],
      ['content-type', 'application/json'],
    ];
    const error = service(headers(1, failed), data(1, '{"code":"internal"}', endStream));
    expect(observed([connect, error], onGrpc).triggers).toMatchObject([
      { fingerprint: 'GET /cart INTERNAL' },
    ]);
    expect(observed([asked, error], onGrpc).triggers).toEqual([]);
  });

  it('fires on a reset by the service, and not on one by the client or behind a whole response', () => {
    expect(observed([asked, service(headers(1, ok), rst(1, 2))]).triggers).toMatchObject([
      { trigger: 'on_exception', detail: 'reset', fingerprint: 'GET /cart exception:reset' },
    ]);
    expect(observed([asked, client(rst(1, 8))]).triggers).toEqual([]);
    expect(observed([client(headers(1, get)), service(headers(1, ok, whole), rst(1, 0))]).triggers).toEqual(
      [],
    );
  });

  it('fires on streams that the service leaves without a response, but for those it said it did not look at', () => {
    const goaway = service(frame(frameTypes.goaway, 0, 0, Buffer.concat([uint32(1), uint32(2)])));
    const closes = (tap: ConnectionTap): void => tap.end('service', 'fin');
    const both = client(headers(1, get, whole), headers(3, get, whole));
    expect(observed([both, closes]).triggers.map(({ message }) => message)).toEqual([1, 3]);
    const { triggers, counters } = observed([both, goaway, closes]);
    expect(triggers.map(({ message }) => message)).toEqual([1]);
    expect(counters.exchanges).toBe(2);
  });
});

describe('what is left out', () => {
  const chunk = 'x'.repeat(30);
  const upload = client(headers(1, get), data(1, chunk), data(1, chunk, endStream));
  const skips = (records: readonly LedgerRecord[]): SkipRecord[] =>
    records.filter((record): record is SkipRecord => record.kind === 'skip');

  it('is content of DATA past the limit of a body, and no frame', () => {
    const { records } = observed([upload], { capture: { bodyLimit: 40 } });
    const text = all('client', [upload]);
    expect(textOf(records, 1, 'client')).toBe(`${text.slice(0, -20)}${'·'.repeat(20)}`);
    expect(skips(records)).toMatchObject([{ message: 1, cause: 'body_limit', length: 20 }]);
  });

  it('is all content where the tunnel keeps no payloads', () => {
    const { records } = observed([upload], { capture: { payloads: false } });
    expect(textOf(records, 1, 'client')).toBe(all('client', [upload]).replaceAll(chunk, '·'.repeat(30)));
    expect(skips(records)).toMatchObject([{ cause: 'payloads_off' }, { cause: 'payloads_off' }]);
  });

  it('is content of streams that are ignored, which is said with an empty skip', () => {
    const probe: Fields = [...get, ['user-agent', 'kube-probe/1.34']];
    const answer = service(headers(1, [[':status', '500']]), data(1, 'down', endStream));
    const { records, counters, triggers } = observed([client(headers(1, probe, whole)), answer]);
    expect(skips(records)).toMatchObject([
      { message: 1, cause: 'ignored', length: 0 },
      { message: 1, cause: 'ignored', length: 4, sender: 'service' },
    ]);
    expect(counters).toMatchObject({ exchanges: 1, ignoredExchanges: 1 });
    expect(triggers).toEqual([]);
    const path = observed([client(headers(1, get, whole)), answer], {
      capture: { ignore: [{ path: '/cart' }] },
    });
    expect(path.counters.ignoredExchanges).toBe(1);
    const other = observed([client(headers(1, [...get, ['user-agent', 'kube']], whole)), answer]);
    expect(other.counters.ignoredExchanges).toBe(0);
  });

  it('is content of streams that nobody follows any more', () => {
    const late = service(headers(1, ok), data(1, 'late', endStream));
    const { records } = observed([client(headers(1, get, whole)), client(rst(1, 8)), late]);
    expect(textOf(records, 1, 'service')).toBe(`${all('service', [late]).slice(0, -4)}····`);
  });
});

describe('the session of a trigger', () => {
  const sessions = (
    request: Fields,
    response: Fields,
    sessionKey: { header: string } | { cookie: string },
  ) => {
    const asked: (string | undefined)[] = [];
    observe(
      (driven) => {
        const tap = driven.open();
        for (const { sender, bytes } of [
          ...opening,
          client(headers(1, request, whole)),
          service(headers(1, response, whole)),
        ]) {
          driven.send(tap, sender, Buffer.from(bytes).toString('latin1'));
        }
        tap.close();
      },
      {
        rules: { capture: { sessionKey }, commit: { scope: 'session' } },
        onCommit: ({ session }) => asked.push(session),
      },
    );
    return asked;
  };
  const failed: Fields = [[':status', '500']];

  it('is the field or the cookie that the request brought, wherever that was split', () => {
    expect(sessions([...get, ['x-session', 'me']], failed, { header: 'X-Session' })).toEqual(['me']);
    const crumbs: Fields = [...get, ['cookie', 'a=1'], ['cookie', 'sid=me; b=2']];
    expect(sessions(crumbs, failed, { cookie: 'sid' })).toEqual(['me']);
  });

  it('is what the response gave to a client that had none', () => {
    const given: Fields = [...failed, ['set-cookie', 'a=1'], ['set-cookie', 'sid=new; Path=/']];
    expect(sessions(get, given, { cookie: 'sid' })).toEqual(['new']);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DecodedExchange } from '../../../committer/decode/port.ts';
import type { LedgerRecord, Sender } from '../../../ledger/segment.ts';
import { serializeRequestHead } from '../../../wire/http1/head.ts';
import { runs } from '../../properties.ts';
import { serializeResponseHead } from '../../wire/http1/serialize-response-head.ts';
import { type Planned, planned, requestOf, responseOf, segments, sizes } from './traffic.ts';
import { batchOf, decode, Wire } from './window.ts';

/* Whatever part of the ledger is missing, what is decoded is what passed, and the rest is said to be missing. */

/** One connection: `pipelined` requests go out before their responses come. */
function wireOf(
  number: number,
  plans: readonly Planned[],
  lengths: readonly number[],
  pipelined: number,
  ending: string,
): Wire {
  const wire = new Wire(number, number * 10);
  const name = (i: number): string => `c${number}m${i}`;
  for (let i = 0; i < plans.length; i += pipelined) {
    const group = plans.slice(i, i + pipelined);
    for (const part of segments(group.map((plan, k) => requestOf(plan, name(i + k))).join(''), lengths))
      wire.client(part);
    let run = '';
    const flush = (): void => {
      for (const part of segments(run, lengths)) wire.service(part);
      run = '';
    };
    for (const [k, plan] of group.entries()) {
      const [head, wireBody] = responseOf(plan, name(i + k));
      run += head + wireBody.slice(0, plan.limit);
      if (wireBody.length <= plan.limit) continue;
      flush();
      wire.skip('service', wireBody.slice(plan.limit), i + k).messageEnd('service', i + k);
    }
    flush();
  }
  if (ending === 'reset')
    wire.client('GET /last HTTP/1.1\r\n\r\n').end('service', 'reset').end('client', 'local');
  if (ending === 'fin') wire.end('client', 'fin').end('service', 'fin');
  return wire;
}

const connection = fc.tuple(
  fc.array(planned, { minLength: 1, maxLength: 6 }),
  sizes,
  fc.integer({ min: 1, max: 3 }),
  fc.constantFrom('open', 'reset', 'fin'),
);

/** Records of several connections, each in its order, as one interceptor would have written them. */
function interleave(wires: readonly Wire[], picks: readonly number[]): LedgerRecord[] {
  const queues = wires.map((wire) => [...wire.records]);
  const records: LedgerRecord[] = [];
  for (let i = 0; queues.some((queue) => queue.length > 0); i++) {
    const live = queues.filter((queue) => queue.length > 0);
    const next = live[(picks[i % picks.length] ?? 0) % live.length]?.shift();
    if (next !== undefined) records.push(next);
  }
  return records;
}

const world = fc
  .tuple(
    fc.array(connection, { minLength: 1, maxLength: 3 }),
    fc.array(fc.nat(2), { minLength: 1, maxLength: 9 }),
  )
  .map(([connections, picks]) =>
    interleave(
      connections.map((c, i) => wireOf(i + 1, ...c)),
      picks,
    ),
  );

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const keyOf = ({ exchange, origin }: DecodedExchange): string => `${origin.connection}/${exchange.message}`;

/** The exchange without what depends on what else is in the window. */
function comparable({ exchange, requestBody, responseBody }: DecodedExchange): unknown {
  return {
    ...exchange,
    connection: 0,
    peers: 0,
    requestBody: text(requestBody),
    responseBody: text(responseBody),
  };
}

/** What is decoded of `cut` is of the same exchange as `whole`; where it is not all of it, it says so. */
function expectTrue(cut: DecodedExchange, whole: DecodedExchange): void {
  const [a, b] = [cut.exchange, whole.exchange];
  expect(a.request.head).toEqual(b.request.head);
  expect(text(whole.requestBody).startsWith(text(cut.requestBody))).toBe(true);
  expect(text(whole.responseBody).startsWith(text(cut.responseBody))).toBe(true);
  if (a.response !== undefined) expect(a.response.head).toEqual(b.response?.head);
  if (a.gaps === undefined) expect(comparable(cut)).toEqual(comparable(whole));
  else expect(['gap', 'in_flight', 'client_gone', b.failure]).toContain(a.failure);
  if (a.failure === undefined && a.request.body.lost === undefined) {
    expect(comparable({ ...cut, exchange: { ...a, gaps: [] } })).toEqual(
      comparable({ ...whole, exchange: { ...b, gaps: [] } }),
    );
  }
}

function dataBytes(records: readonly LedgerRecord[]): number {
  return records.reduce((sum, record) => sum + (record.kind === 'data' ? record.bytes.length : 0), 0);
}

/** Bytes of the exchange on the wire, if it is whole: no more of them can have been decoded. */
function wireBytes(exchange: DecodedExchange, records: readonly LedgerRecord[]): number {
  const from = (sender: Sender): number =>
    dataBytes(
      records.filter(
        (r) => r.kind === 'data' && r.sender === sender && r.connection === exchange.origin.connection,
      ),
    );
  return from('client') + from('service');
}

describe('with any part of the ledger missing', () => {
  it('every exchange that is decoded is one that passed, and says what of it is missing', () => {
    fc.assert(
      fc.property(
        world,
        fc.integer({ min: 1, max: 7 }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }),
        (records, size, lost) => {
          const whole = new Map(decode([batchOf(records)]).exchanges.map((e) => [keyOf(e), e]));
          const batches = Array.from({ length: Math.ceil(records.length / size) }, (_, i) =>
            lost[i % lost.length] === true ? undefined : batchOf(records.slice(i * size, (i + 1) * size)),
          );
          const seen = new Set<string>();
          for (const exchange of decode(batches).exchanges) {
            const key = keyOf(exchange);
            expect(seen.has(key)).toBe(false);
            seen.add(key);
            const original = whole.get(key);
            expect(original, key).toBeDefined();
            if (original !== undefined) expectTrue(exchange, original);
          }
        },
      ),
      runs(400),
    );
  });

  it('a window that begins anywhere decodes nothing before a mark, and counts every byte that it passes over', () => {
    fc.assert(
      fc.property(world, fc.nat(), fc.nat(), (records, from, to) => {
        const start = from % records.length;
        const kept = records.slice(start, start + 1 + (to % (records.length - start)));
        const whole = new Map(decode([batchOf(records)]).exchanges.map((e) => [keyOf(e), e]));
        const { exchanges, gaps } = decode([batchOf(kept)]);
        for (const exchange of exchanges) {
          const original = whole.get(keyOf(exchange));
          expect(original).toBeDefined();
          if (original !== undefined) expectTrue(exchange, original);
        }
        const passedOver = gaps
          .filter((gap) => gap.unit === 'bytes')
          .reduce((sum, gap) => sum + gap.count, 0);
        const touched = new Map(exchanges.map((e) => [e.origin.connection, wireBytes(e, kept)]));
        const decodable = [...touched.values()].reduce((sum, bytes) => sum + bytes, 0);
        expect(dataBytes(kept) - decodable).toBeLessThanOrEqual(passedOver);
        if (exchanges.length === 0) expect(passedOver).toBe(dataBytes(kept) + skippedBytes(kept));
      }),
      runs(400),
    );
  });

  it('nothing is missing where nothing was lost', () => {
    fc.assert(
      fc.property(world, (records) => {
        const { exchanges, gaps } = decode([batchOf(records)]);
        const requests = exchanges.filter((e) => e.exchange.request.head.target !== '/last');
        expect(gaps).toEqual([]);
        for (const { exchange } of requests)
          expect([exchange.failure, exchange.gaps]).toEqual([undefined, undefined]);
        expect(
          requests.every((e) => e.exchange.response?.head.reason === e.exchange.request.head.target.slice(1)),
        ).toBe(true);
      }),
      runs(100),
    );
  });
});

function skippedBytes(records: readonly LedgerRecord[]): number {
  return records.reduce((sum, record) => sum + (record.kind === 'skip' ? record.length : 0), 0);
}

describe('whatever the records say', () => {
  const streams: Readonly<Record<Sender, string>> = {
    client: Array.from({ length: 40 }, (_, i) =>
      requestOf(
        {
          method: i % 3 ? 'POST' : 'GET',
          request: `b${i}GET /f HTTP/1.1\r\n\r\n`,
          response: '',
          chunked: false,
          limit: 0,
        },
        `${i}`,
      ),
    ).join(''),
    service: Array.from(
      { length: 40 },
      (_, i) => `HTTP/1.1 200 r${i}\r\nContent-Length: 25\r\n\r\nHTTP/1.1 200 OK\r\n\r\nBody${i % 10}\r`,
    ).join(''),
  };
  const position = fc.integer({ min: 0, max: 1500 });
  const small = fc.nat(4);
  const sender = fc.constantFrom<Sender>('client', 'service');
  const located = { connection: fc.integer({ min: 1, max: 2 }), time: fc.nat(50) };
  const cause = fc.constantFrom('body_limit' as const, 'ignored' as const, 'ledger_overload' as const);
  const record: fc.Arbitrary<LedgerRecord> = fc.oneof(
    {
      weight: 10,
      arbitrary: fc
        .record({
          ...located,
          sender,
          offset: position,
          length: fc.integer({ min: 0, max: 300 }),
          message: small,
          at: fc.nat(300),
          marked: fc.boolean(),
        })
        .map(({ length, message, at, marked, ...rest }): LedgerRecord => {
          const bytes = Buffer.from(streams[rest.sender].slice(rest.offset, rest.offset + length), 'latin1');
          const begin = streams[rest.sender].slice(rest.offset + at).search(/^(GET|POST) |HTTP\/1/m);
          const data = { kind: 'data' as const, ...rest, bytes };
          return marked ? { ...data, mark: { message, at: begin === -1 ? at : at + begin } } : data;
        }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('skip' as const),
        ...located,
        sender,
        offset: position,
        length: fc.nat(200),
        message: small,
        cause,
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('message_end' as const),
        ...located,
        sender,
        message: small,
        offset: position,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('end' as const),
        ...located,
        sender,
        how: fc.constantFrom('fin' as const, 'reset' as const, 'local' as const),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('opaque' as const),
        ...located,
        cause: fc.constant('opaque' as const),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('trigger' as const),
        ...located,
        message: small,
        trigger: fc.constantFrom('on_status', 'x'),
        fingerprint: fc.string(),
        detail: fc.string(),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('loss' as const), ...located, cause, bytes: fc.nat(100) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('open' as const),
        ...located,
        client: fc.string(),
        service: fc.string(),
      }),
    },
  );
  /** Runs of segments that follow each other, so that something is decoded. */
  const run = fc
    .tuple(
      sender,
      position,
      fc.array(fc.integer({ min: 1, max: 120 }), { minLength: 1, maxLength: 12 }),
      small,
    )
    .map(([who, start, lengths, message]): LedgerRecord[] => {
      const begin = streams[who]
        .slice(start)
        .search(who === 'client' ? /(GET|POST) \/\d/ : /HTTP\/1.1 200 r/);
      let offset = start + Math.max(0, begin);
      return lengths.map((length, i) => {
        const bytes = Buffer.from(streams[who].slice(offset, offset + length), 'latin1');
        const data = { kind: 'data' as const, connection: 1, time: i, sender: who, offset, bytes };
        offset += length;
        return i === 0 ? { ...data, mark: { message, at: 0 } } : data;
      });
    });

  it('no exchange is made of bytes that did not follow each other', () => {
    let decoded = 0;
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            run,
            record.map((one) => [one]),
          ),
          { maxLength: 30 },
        ),
        (runs) => {
          const { exchanges } = decode([batchOf(runs.flat())]);
          const keys = exchanges.map(({ exchange }) => `${exchange.connection}/${exchange.message}`);
          expect(new Set(keys).size).toBe(exchanges.length);
          for (const { exchange, requestBody, responseBody } of exchanges) {
            decoded++;
            const request = text(serializeRequestHead(exchange.request.head)) + text(requestBody);
            expect(streams.client).toContain(request);
            if (exchange.response === undefined) continue;
            expect(streams.service).toContain(
              text(serializeResponseHead(exchange.response.head)) + text(responseBody),
            );
          }
        },
      ),
      runs(400),
    );
    expect(decoded).toBeGreaterThan(200);
  });
});

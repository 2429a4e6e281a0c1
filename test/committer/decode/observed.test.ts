import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DecodedExchange } from '../../../committer/decode/port.ts';
import { WindowDecoder } from '../../../committer/decode/window-decoder.ts';
import { Batches } from '../../../interceptor/observe/batches.ts';
import { Observation } from '../../../interceptor/observe/observation.ts';
import { Observer } from '../../../interceptor/observe/observer.ts';
import { CommitRequests } from '../../../interceptor/triggers/commit.ts';
import { decodeBatch } from '../../../ledger/batch/decode-batch.ts';
import { ledgerKeys } from '../../../ledger/names.ts';
import type { LedgerAppender } from '../../../ledger/port.ts';
import type { Sender } from '../../../ledger/segment.ts';
import { BatchOpener, BatchSealer, generateKeyPair, parseOpeningKey } from '../../../sealing/index.ts';
import type { TunnelConfig } from '../../../tunnel/config.ts';
import { type Planned, planned, requestOf, responseOf, segments, sizes } from './traffic.ts';

/* What the observer writes, sealed and opened again, is decoded to what passed. */

const bodyLimit = 20;
const tunnel: TunnelConfig = {
  namespace: 'test',
  name: 'observed',
  mode: 'record',
  capture: {
    protocols: ['http'],
    payloads: true,
    maxSessionDurationMs: 60_000,
    bodyLimit,
    ledgerBudget: 1 << 26,
    connectionLimit: 100,
    ignore: [{ path: '/ignored/**' }],
    reflection: false,
  },
  triggers: [{ kind: 'on_status', ranges: [[500, 599]] }],
  commit: { scope: 'tunnel', tailMs: 0, inFlightMs: 0, coolDownMs: 0 },
  sanitization: [],
};
const owner = { namespace: 'test', tunnel: 'observed', pod: 'pod' };
const stream = ledgerKeys.segments(owner);
const key = parseOpeningKey(generateKeyPair().privatePem, 'test');

/** An observer of one service, and what the committer makes of its batches. */
function observed(drive: (observer: Observer) => void): { exchanges: DecodedExchange[]; gaps: unknown } {
  const sealed: Buffer[] = [];
  const appender: LedgerAppender = {
    stream,
    append: (batch) => void sealed.push(Buffer.concat(batch.parts)),
    requestCommit: () => {},
    counters: {
      reachable: true,
      pendingBytes: 0,
      lagMs: 0,
      appendedBatches: 0,
      appendedBytes: 0,
      droppedBatches: 0,
      droppedBytes: 0,
      untoldBytes: 0,
      commitsRequested: 0,
      commitsPending: 0,
      commitsDropped: 0,
      clockOffsetMs: 0,
      problem: undefined,
    },
    flush: async () => {},
    close: async () => {},
  };
  const sealer = new BatchSealer(stream, key);
  const commits = new CommitRequests(owner, key, appender, 0);
  const batches = new Batches('checkout:8080', sealer, appender, fail);
  const observation = new Observation('checkout:8080', sealer.instance, tunnel, batches, commits);
  const observer = new Observer(observation, fail);
  drive(observer);
  observer.close();
  const opener = new BatchOpener(key);
  const decoder = new WindowDecoder({ startWallMs: Date.now(), bodyLimit });
  for (const one of sealed) decoder.push(decodeBatch(opener.open(one, stream).bytes));
  return { exchanges: decoder.end(), gaps: decoder.gaps };
}

function fail(fault: unknown): never {
  throw fault;
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

interface Plan extends Planned {
  readonly ignored: boolean;
  readonly status: number;
}

const plan: fc.Arbitrary<Plan> = fc
  .tuple(planned, fc.constantFrom(false, false, true), fc.constantFrom(200, 200, 500))
  .map(([rest, ignored, status]) => ({ ...rest, ignored, status }));

describe('what the observer records of a connection', () => {
  it('is decoded to its exchanges, less what the tunnel leaves out', () => {
    fc.assert(
      fc.property(
        fc.array(plan, { minLength: 1, maxLength: 6 }),
        sizes,
        fc.integer({ min: 1, max: 3 }),
        (plans, lengths, pipelined) => {
          const name = (i: number): string => (plans[i]?.ignored ? `ignored/${i}` : `m${i}`);
          const { exchanges, gaps } = observed((observer) => {
            const tap = observer.open('10.0.0.9:4000');
            const send = (sender: Sender, bytes: string): void => {
              for (const part of segments(bytes, lengths)) {
                const source = Buffer.from(part, 'latin1');
                const slab = tap.reserve(sender, source.length);
                source.copy(slab.bytes, slab.at);
                tap.segment(sender, slab, source, source.length);
              }
            };
            for (let i = 0; i < plans.length; i += pipelined) {
              const group = plans.slice(i, i + pipelined);
              send('client', group.map((one, k) => requestOf(one, name(i + k))).join(''));
              send(
                'service',
                group
                  .map((one, k) =>
                    responseOf(one, name(i + k))
                      .join('')
                      .replace(' 200 ', ` ${one.status} `),
                  )
                  .join(''),
              );
            }
            tap.end('client', 'fin');
            tap.end('service', 'fin');
            tap.close();
          });
          const kept = plans.flatMap((one, i) => (one.ignored ? [] : [{ one, i }]));
          expect(exchanges.map((e) => [e.exchange.message, e.exchange.request.head.target])).toEqual(
            kept.map(({ i }) => [i, `/m${i}`]),
          );
          for (const [k, { one }] of kept.entries()) expectExchange(exchanges[k]!, one);
          const ignored = plans.length - kept.length;
          expect(gaps).toMatchObject(
            ignored === 0
              ? []
              : expect.arrayContaining([
                  expect.objectContaining({ cause: 'ignored', unit: 'exchanges', count: ignored }),
                ]),
          );
        },
      ),
      { numRuns: 150 },
    );
  });
});

function expectExchange({ exchange, requestBody, responseBody }: DecodedExchange, one: Plan): void {
  const sent = one.method === 'HEAD' ? '' : one.response;
  expect(exchange.failure).toBeUndefined();
  expect(exchange.gaps).toBeUndefined();
  expect([exchange.response?.head.status, exchange.interim?.length ?? 0]).toEqual([
    one.status,
    one.method === 'PUT' ? 1 : 0,
  ]);
  expect(exchange.triggers?.length ?? 0).toBe(one.status === 500 ? 1 : 0);
  for (const [body, bytes, whole] of [
    [exchange.request.body, requestBody, one.request],
    [exchange.response!.body, responseBody, sent],
  ] as const) {
    expect(whole.startsWith(text(bytes))).toBe(true);
    if (body.lost === undefined) expect(text(bytes)).toBe(whole);
    else expect(body.lost.cause).toBe('body_limit');
    if (!one.chunked) expect(bytes.length).toBe(Math.min(bodyLimit, whole.length));
  }
  expect(exchange.times.requestEnd).toBeGreaterThanOrEqual(exchange.times.requestStart);
  expect(exchange.times.responseEnd).toBeGreaterThanOrEqual(exchange.times.responseStart!);
}

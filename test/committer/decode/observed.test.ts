import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DecodedExchange } from '../../../committer/decode/port.ts';
import { WindowDecoder } from '../../../committer/decode/window-decoder.ts';
import type { Sender } from '../../../ledger/segment.ts';
import { type Driven, observe } from '../../interceptor/parts/observed.ts';
import type { Rules } from '../../interceptor/parts/recorded.ts';
import { runs } from '../../properties.ts';
import { type Planned, planned, requestOf, responseOf, segments, sizes } from './traffic.ts';

/* What the observer writes, sealed and opened again, is decoded to what passed. */

const bodyLimit = 20;
const rules: Rules = { capture: { bodyLimit, ignore: [{ path: '/ignored/**' }] } };

/** What the committer makes of what an observer recorded. */
function observed(drive: (driven: Driven) => void): { exchanges: DecodedExchange[]; gaps: unknown } {
  const decoder = new WindowDecoder({ startWallMs: Date.now(), bodyLimit });
  for (const batch of observe(drive, { rules })) decoder.push(batch);
  return { exchanges: decoder.end(), gaps: decoder.gaps };
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
          const { exchanges, gaps } = observed((driven) => {
            const tap = driven.open();
            const send = (sender: Sender, bytes: string): void => {
              for (const part of segments(bytes, lengths)) driven.send(tap, sender, part);
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
      runs(150),
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

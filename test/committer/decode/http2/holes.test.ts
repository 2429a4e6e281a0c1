import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DecodedExchange } from '../../../../committer/decode/port.ts';
import { runs } from '../../../properties.ts';
import { capture, plannedConnection } from '../../../wire/http2/node-traffic.ts';
import { recut } from '../../../wire/http2/playbook.ts';
import { decode, type Happens, latin1, record } from './recorded.ts';

const sizes = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 6 });
/** Of each segment: below 4 a batch ends behind it, at 9 the batch of that number is lost. */
const fates = fc.array(fc.nat({ max: 9 }), { minLength: 1, maxLength: 20 });

/** What is left of an exchange has to be what was sent: bodies from their beginning, heads as they were. */
function expectLeftOf(left: DecodedExchange, sent: DecodedExchange | undefined): void {
  if (sent === undefined) throw new Error(`nobody sent ${left.exchange.message}`);
  expect(latin1(sent.requestBody).startsWith(latin1(left.requestBody))).toBe(true);
  expect(latin1(sent.responseBody).startsWith(latin1(left.responseBody))).toBe(true);
  const { request, response, failure } = left.exchange;
  const { head } = sent.exchange.request;
  if (request.head.partial) expect(request.head).toMatchObject({ method: head.method, target: head.target });
  else expect(request.head).toEqual(head);
  if (response !== undefined) expect(response.head.status).toBe(sent.exchange.response?.head.status);
  if (failure !== undefined || request.head.partial) return;
  expect(latin1(left.responseBody)).toBe(latin1(sent.responseBody));
  expect(response?.trailers).toEqual(sent.exchange.response?.trailers);
}

describe('random traffic of node:http2 of which random batches are lost', () => {
  it('is on the tape as far as it came, and nothing else is', async () => {
    await fc.assert(
      fc.asyncProperty(plannedConnection, sizes, fates, async (plan, cuts, fate) => {
        const { segments } = await capture(plan);
        const all = decode(record(segments)).exchanges;
        const sent = new Map(all.map((one) => [one.exchange.message, one]));
        const at = (i: number): number => fate[i % fate.length] ?? 0;
        const happens = [...recut(segments, cuts)].flatMap((segment, i): Happens[] =>
          at(i) < 4 ? [segment, 'hand'] : [segment],
        );
        const { exchanges, gaps } = decode(
          record(happens).map((batch, i) => (at(i) === 9 ? undefined : batch)),
        );
        expect(gaps.map(({ cause }) => cause)).not.toContain('malformed');
        for (const left of exchanges) expectLeftOf(left, sent.get(left.exchange.message));
      }),
      runs(80),
    );
  });
});

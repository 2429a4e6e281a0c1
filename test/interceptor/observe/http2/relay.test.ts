import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DecodedExchange } from '../../../../committer/decode/port.ts';
import { WindowDecoder } from '../../../../committer/decode/window-decoder.ts';
import type { LedgerRecord } from '../../../../ledger/segment.ts';
import { runs } from '../../../properties.ts';
import { data, endHeaders, endStream, get, headers } from '../../../wire/http2/frames.ts';
import { breaches, floods } from '../../../wire/http2/hostile-sequences.ts';
import { type Captured, capture, plannedConnection } from '../../../wire/http2/node-traffic.ts';
import { client, opening, recut, type Segment } from '../../../wire/http2/playbook.ts';
import { Recorded } from '../../parts/recorded.ts';

/** Plays what both sides sent through the relay, each segment once the one before has come. Both must get all of it. */
async function play(recorded: Recorded, segments: Iterable<Segment>): Promise<void> {
  const [asks, serves] = await recorded.pair();
  const sent = { client: [] as Uint8Array[], service: [] as Uint8Array[] };
  const length = { client: 0, service: 0 };
  for (const { sender, bytes } of segments) {
    const [from, to] = sender === 'client' ? [asks, serves] : [serves, asks];
    sent[sender].push(bytes);
    length[sender] += bytes.length;
    from.socket.write(bytes);
    await to.until((peer) => peer.length === length[sender]);
  }
  expect(serves.received.equals(Buffer.concat(sent.client))).toBe(true);
  expect(asks.received.equals(Buffer.concat(sent.service))).toBe(true);
  expect([asks.end, serves.end]).toEqual(['open', 'open']);
  asks.socket.end();
  serves.socket.end();
  await serves.until((peer) => peer.end === 'fin');
  await asks.until((peer) => peer.end === 'fin');
}

function decode(records: readonly LedgerRecord[]): DecodedExchange[] {
  const wallMs = Date.now();
  const decoder = new WindowDecoder({ startWallMs: wallMs, bodyLimit: 1 << 20 });
  const header = { instance: 'one', service: 'checkout:8080', clock: { process: 0, wallMs } };
  decoder.push({ header, records });
  return decoder.end();
}

/** A head or trailers as node:http2 tells them, pseudo fields that stand elsewhere on the tape left out. */
function rest(raw: readonly string[]): string[][] {
  const fields = Array.from({ length: raw.length / 2 }, (_, i) => raw.slice(2 * i, 2 * i + 2));
  return fields.filter(([name]) => name !== ':method' && name !== ':path' && name !== ':status');
}

function expectSame(exchanges: readonly DecodedExchange[], captured: Captured): void {
  const { requests, responses, resets, whole } = captured;
  for (const { exchange, requestBody, responseBody } of exchanges) {
    const asked = requests.get(exchange.message);
    const body = Buffer.from(requestBody).toString('latin1');
    if (asked === undefined) expect(resets).toContain(exchange.message);
    else {
      expect(exchange.request.head.fields).toEqual(rest(asked.blocks[0] ?? []));
      if (resets.has(exchange.message)) expect(body.startsWith(asked.body)).toBe(true);
      else expect([body, exchange.request.trailers ?? []]).toEqual([asked.body, rest(asked.blocks[1] ?? [])]);
    }
    const answered = responses.get(exchange.message);
    if (answered === undefined || !whole.has(exchange.message)) continue;
    const heads = [
      ...(exchange.interim ?? []).map(({ head }) => head.fields),
      exchange.response?.head.fields,
      exchange.response?.trailers,
    ];
    expect(heads.filter((fields) => fields !== undefined)).toEqual(answered.blocks.map(rest));
    expect(Buffer.from(responseBody).toString('latin1')).toBe(answered.body);
    expect(exchange.failure).toBeUndefined();
  }
  expect(exchanges.length).toBeGreaterThanOrEqual(requests.size);
}

describe('random traffic of node:http2, cut anywhere', () => {
  it('passes byte by byte, and is on the tape as both ends saw it', async () => {
    await fc.assert(
      fc.asyncProperty(
        plannedConnection,
        fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 5 }),
        async (plan, sizes) => {
          const captured = await capture(plan);
          await using recorded = await Recorded.start({ triggers: [] });
          await play(recorded, recut(captured.segments, sizes));
          await recorded.interceptor.drain(1000);
          expectSame(decode(await recorded.records()), captured);
          expect(recorded.faults).toEqual([]);
        },
      ),
      runs(20),
    );
  });
});

describe('a hostile sequence', () => {
  it.each([...breaches, ...floods])(
    'passes byte by byte, and its connection is opaque: %s',
    async (_, segments) => {
      await using recorded = await Recorded.start();
      await play(recorded, [...opening, ...segments]);
      const { observer } = recorded.interceptor.state;
      const { malformed, limit } = observer.opaqueConnections;
      expect(malformed + limit).toBe(1);
      expect(recorded.faults).toEqual([]);
    },
  );

  it('of one connection leaves others recorded', async () => {
    await using recorded = await Recorded.start();
    await play(recorded, [...opening, client(data(9, 'x'))]);
    await play(recorded, [...opening, client(headers(1, get, endHeaders | endStream))]);
    await recorded.interceptor.drain(1000);
    expect(decode(await recorded.records()).map(({ exchange }) => exchange.request.head.target)).toEqual([
      '/cart',
    ]);
  });
});

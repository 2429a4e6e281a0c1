import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Exchange, HeaderField } from '../../tape/exchange.ts';
import { openTape } from '../../tape/reader.ts';
import type { ScrubbedExchange } from '../../tape/scrubbed.ts';
import { TapeWriter } from '../../tape/writer.ts';
import { runs } from '../properties.ts';
import { MemoryParts, makeTape, sketchExchange, statusMark, writeTape } from './make-tape.ts';

const text = fc.string({ unit: 'binary', maxLength: 30 });
const field: fc.Arbitrary<HeaderField> = fc.oneof(fc.tuple(text, text), fc.tuple(text, text, text));
const bytes = fc.uint8Array({ maxLength: 300 });
const exchange = fc.record(
  {
    start: fc.integer({ min: 0, max: 1e6 }),
    end: fc.integer({ min: 0, max: 1e6 }),
    connection: fc.integer({ min: 1, max: 5 }),
    message: fc.nat(9),
    method: text,
    target: fc.oneof(text, fc.string({ minLength: 1020, maxLength: 1030 })),
    fields: fc.array(field, { maxLength: 5 }),
    responseFields: fc.array(field, { maxLength: 5 }),
    body: bytes,
    responseBody: bytes,
    status: fc.option(fc.integer({ min: 100, max: 599 })),
    session: text,
    service: fc.constantFrom('checkout:8080', 'inventory:80'),
    direction: fc.constantFrom('inbound' as const, 'outbound' as const),
    failure: fc.constantFrom('service_reset' as const, 'client_gone' as const, 'gap' as const),
  },
  { requiredKeys: ['start'] },
);

test('whatever goes in comes out, bodies included, in the order of request starts', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(exchange, { maxLength: 30 }), async (sketches) => {
      const given = sketches.map(sketchExchange);
      const parts = new MemoryParts();
      await using tape = await openTape(parts, await writeTape(parts.open, given));
      const read = [];
      for await (const { id } of tape.exchanges()) read.push(plain((await tape.withBodies(id)) as never));
      const isPayload = (e: Exchange) => e.service === 'checkout:8080' && e.direction === 'inbound';
      const expected = given
        .toSorted((a, b) => key(a, isPayload).localeCompare(key(b, isPayload)))
        .map((item, index) => plain({ ...item, exchange: { ...item.exchange, id: index + 1 } }));
      expect(read).toEqual(expected);
      expect(tape.payloads).toBe(given.filter((item) => isPayload(item.exchange)).length);
    }),
    runs(60),
  );
});

/** Sorts as ids do: payloads first, then by start, connection and message. */
function key({ exchange: e }: ScrubbedExchange, isPayload: (e: Exchange) => boolean): string {
  const pad = (n: number) => `${n}`.padStart(16, '0');
  return `${isPayload(e) ? 0 : 1} ${pad(e.times.requestStart)} ${pad(e.connection)} ${pad(e.message)}`;
}

/** Without the references, which the writer gives. */
function plain(item: ScrubbedExchange): unknown {
  const { request, response } = item.exchange;
  const { ref: _q, ...requestBody } = request.body;
  const { ref: _s, ...responseBody } = response?.body ?? {};
  return {
    ...item.exchange,
    request: { ...request, body: requestBody },
    response: response && { ...response, body: responseBody },
    bytes: [Buffer.from(item.requestBody).toString('hex'), Buffer.from(item.responseBody).toString('hex')],
  };
}

test('a summary tells what the exchange tells', async () => {
  const target = `/search?q=${'x'.repeat(2000)}`;
  await using tape = await makeTape([
    {
      start: 5,
      end: 9.5,
      method: 'POST',
      target,
      status: 503,
      session: 'Zoë',
      body: 'ab',
      responseBody: 'abc',
    },
    { start: 6, status: null, failure: 'service_reset', connection: 2 },
  ]);
  const first = await tape.exchange(1);
  expect(tape.summary(1)).toEqual({
    id: 1,
    service: 'checkout:8080',
    direction: 'inbound',
    protocol: 'http/1',
    partial: false,
    connection: 1,
    message: 0,
    session: 'Zoë',
    method: 'POST',
    target: target.slice(0, 1024),
    targetCut: true,
    status: 503,
    times: first.times,
    requestBytes: 2,
    responseBytes: 3,
    requestTruncated: false,
    responseTruncated: false,
    triggered: false,
    hasGaps: false,
  });
  expect(first.request.head.target).toBe(target);
  expect(tape.summary(2)).toMatchObject({ failure: 'service_reset', targetCut: false });
  expect(tape.summary(2)).not.toHaveProperty('status');
  expect(tape.summary(2)).not.toHaveProperty('session');
  expect(tape.summary(2).times).toEqual({ requestStart: 6e6, requestEnd: 6e6 });
});

test('trigger marks of the manifest carry the ids that exchanges got at the end', async () => {
  const parts = new MemoryParts();
  const manifest = await writeTape(parts.open, [
    sketchExchange({ start: 40, triggers: [statusMark('GET', '/b', 500, 60)], status: 500 }),
    sketchExchange({ start: 10, end: 70, triggers: [statusMark('GET', '/a', 500, 50)], status: 500 }),
    sketchExchange({ start: 1, service: 'inventory:80' }),
  ]);
  expect(manifest.triggers.map(({ exchange, fingerprint }) => [exchange, fingerprint])).toEqual([
    [1, 'GET /a 500'],
    [2, 'GET /b 500'],
  ]);
  expect(manifest.counts).toEqual({ exchanges: 3, connections: 1, bytes: 0 });
});

test('a body that is larger than a frame comes back whole, and equal bodies lie on the tape once', async () => {
  const large = Buffer.alloc(5_000_000);
  for (let at = 0; at < large.length; at += 4) large.writeUInt32LE((at * 2654435761) >>> 0, at);
  const parts = new MemoryParts();
  const sketches = [1, 2, 3].map((start) => sketchExchange({ start, body: 'small', responseBody: large }));
  await using tape = await openTape(parts, await writeTape(parts.open, sketches));
  for (const id of [1, 2, 3]) {
    const { responseBody, requestBody } = await tape.withBodies(id);
    expect(large.equals(responseBody)).toBe(true);
    expect(Buffer.from(requestBody).toString()).toBe('small');
  }
  expect(parts.bytes.get('attempt-1/bodies.zst')?.length).toBeLessThan(large.length * 1.5);
  expect(tape.manifest.counts.bytes).toBe(3 * (large.length + 5));
});

test('records span many frames and any of them is read alone', async () => {
  const sketches = Array.from({ length: 9000 }, (_, n) => ({
    start: n,
    target: `/item/${n}`,
    connection: n % 7,
  }));
  await using tape = await makeTape(sketches);
  expect(tape.size).toBe(9000);
  for (const id of [1, 4500, 9000, 2]) {
    expect((await tape.exchange(id)).request.head.target).toBe(`/item/${id - 1}`);
  }
});

test('an empty tape opens', async () => {
  await using tape = await makeTape([]);
  expect([...tape.summaries()]).toEqual([]);
  expect(tape.has(1)).toBe(false);
});

test('the writer takes no exchange before the last one is written, and none whose body has another size', async () => {
  const one = sketchExchange({ start: 1, body: 'x' });
  const writer = await TapeWriter.open(new MemoryParts().open, 'checkout:8080');
  const first = writer.add(one);
  await expect(writer.add(one)).rejects.toThrow('before the last call had ended');
  await first;
  const lying = { ...one, requestBody: Buffer.from('xy') } as unknown as ScrubbedExchange;
  await expect(writer.add(lying)).rejects.toThrow('a body of 2 bytes says that it has 1');
});

/** Parts of which one fails: to open, or at its first write. */
function failingParts(name: string, when: 'open' | 'write') {
  const parts = new MemoryParts();
  const aborted: string[] = [];
  const open = async (part: string) => {
    if (part === name && when === 'open') throw new Error(`no room to open ${part}`);
    const sink = await parts.open(part);
    return {
      ...sink,
      write: async (chunk: Uint8Array) => {
        if (part === name) throw new Error(`no room in ${part}`);
        await sink.write(chunk);
      },
      abort: async () => {
        aborted.push(part);
        await sink.abort();
      },
    };
  };
  return { open, aborted };
}

test('a part that cannot be opened leaves no other open', async () => {
  const { open, aborted } = failingParts('exchanges.idx', 'open');
  await expect(TapeWriter.open(open, 'checkout:8080')).rejects.toThrow('no room to open exchanges.idx');
  expect(aborted.toSorted()).toEqual(['bodies.zst', 'exchanges.ndjson.zst']);
});

test.each(['bodies.zst', 'exchanges.ndjson.zst', 'exchanges.idx'])(
  'a failing %s reaches the caller, who can throw all parts away',
  async (name) => {
    const { open, aborted } = failingParts(name, 'write');
    const writer = await TapeWriter.open(open, 'checkout:8080');
    await writer.add(sketchExchange({ start: 1, body: 'x' }));
    await expect(writer.finish()).rejects.toThrow(`no room in ${name}`);
    await writer.abort();
    expect(aborted).toHaveLength(3);
  },
);

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withEventTimes } from '../../../sanitizers/bodies/framing.ts';
import { createScrubber } from '../../../sanitizers/engine.ts';
import type { Body, TapeTime } from '../../../tape/exchange.ts';
import { eventsOf } from '../../../wire/sse/event-stream.ts';
import { exchange } from '../world.ts';

const secret = 'hunter2-Zk39';

/** Scrubs a body of events of which a piece came each millisecond. */
function scrub(pieces: readonly string[], lost = 0) {
  const responseBody = pieces.join('');
  const given = exchange({
    response: [['Content-Type', 'text/event-stream']],
    framing: { kind: 'close' },
    responseBody,
    lost,
  });
  const { response } = given.exchange;
  if (response === undefined) throw new Error('there is a response');
  const arrivals = pieces
    .map((piece, at): readonly [TapeTime, number] => [at, Buffer.from(piece).length])
    .filter(([, bytes]) => bytes > 0);
  const timed = { ...response, body: { ...response.body, arrivals } };
  const made = createScrubber([]).scrub({ ...given, exchange: { ...given.exchange, response: timed } });
  const body = made.exchange.response?.body;
  return {
    text: Buffer.from(made.responseBody).toString(),
    bytes: made.responseBody,
    arrivals: body?.arrivals ?? [],
    body,
  };
}

test('the data of events is read as JSON, also over several lines', () => {
  const { text } = scrub([
    `id: 7\nevent: login\ndata: {"password":\ndata:"${secret}"}\n\n`,
    'data: hello\n\n',
  ]);
  expect(text).toMatch(/^id: 7\nevent: login\ndata: \{"password":\ndata:"[^"]{12}"\}\n\ndata: hello\n\n$/);
  expect(text).not.toContain(secret);
});

test('comments and other fields are scrubbed, too', () => {
  const { text } = scrub([
    `: password=${secret}\r\nid: joe@shop.example.com\r\ntoken: ${secret}\r\rdata: x\r\n\r\n`,
  ]);
  expect(text).not.toContain(secret);
  expect(text).not.toContain('joe@shop');
  expect(text).toMatch(/\r\n\r\n$/);
});

test('of an event that was cut off, what may be the beginning of a secret is left out', () => {
  expect(scrub(['data: {"a":1}\n\n', 'data: see joe@shop.ex'], 10).text).toBe('data: {"a":1}\n\ndata: see');
  expect(scrub(['data: {"a":1}\n\n', `: see ${secret.slice(0, 6)}`], 10).text).toBe('data: {"a":1}\n\n');
});

function expectTimesKept(stream: string, ends: readonly number[]): void {
  const pieces = ends.map((end, i) => stream.slice(ends[i - 1] ?? 0, end));
  const made = scrub(pieces);
  const given = pieces.map((piece, at) => [at, piece.length] as const);
  const times = eventsOf(Buffer.from(stream), given).map(({ at }) => at);
  expect(eventsOf(made.bytes, made.arrivals).map(({ at }) => at)).toEqual(times);
  expect(made.arrivals.reduce((sum, [, bytes]) => sum + bytes, 0)).toBe(made.bytes.length);
}

test('an event that became shorter or longer ends when it did, wherever its bytes were cut', () => {
  const before = Buffer.from('data: some twenty characters\n\ndata: 1\n\n');
  for (const text of ['x', 'some more than twenty characters']) {
    const after = Buffer.from(`data: ${text}\n\ndata: 1\n\n`);
    for (let cut = 1; cut < before.length; cut++) {
      const arrivals = [
        [1, cut],
        [2, before.length - cut],
      ] as const;
      const body = { size: before.length, framing: { kind: 'close' }, arrivals } as const;
      const made = withEventTimes(body, { ...body, size: after.length }, before, after);
      const times = (bytes: Uint8Array, of: Body) => eventsOf(bytes, of.arrivals).map(({ at }) => at);
      expect(times(after, made)).toEqual(times(before, body));
    }
  }
});

test('all events end when they did', () => {
  const event = fc.constantFrom(
    `data: {"password":"${secret}"}\n\n`,
    'data: mail joe.miller@shop.example.com now\r\n\r\n',
    'data: a\ndata: b\n\n',
    'event: tick\rdata: 1\r\r',
    ': note\n\n',
  );
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 8 }),
      fc.array(fc.nat(300), { maxLength: 10 }),
      (events, cuts) => {
        const stream = events.join('');
        const ends = [...new Set([...cuts.filter((cut) => cut < stream.length), stream.length])].toSorted(
          (a, b) => a - b,
        );
        expectTimesKept(stream, ends);
      },
    ),
  );
});

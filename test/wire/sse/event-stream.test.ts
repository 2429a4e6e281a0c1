import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { EventSource } from 'undici';
import { describe, expect, it } from 'vitest';
import { EventStream, eventsOf, type ServerSentEvent } from '../../../wire/sse/event-stream.ts';

/** The events of a text that comes in the pieces that end at `cuts`, at the times 0, 1, 2 … */
function read(text: string | Uint8Array, cuts: readonly number[] = [], limit = 1 << 20): ServerSentEvent[] {
  const bytes = Buffer.from(text);
  const events: ServerSentEvent[] = [];
  const stream = new EventStream((event) => events.push(event), limit);
  let from = 0;
  for (const [at, to] of [
    ...cuts.filter((c) => c < bytes.length).toSorted((a, b) => a - b),
    bytes.length,
  ].entries()) {
    const piece = Buffer.from(bytes.subarray(from, to));
    stream.push(piece, 0, piece.length, at);
    piece.fill(0xaa);
    from = to;
  }
  return events;
}

const plain = (events: readonly ServerSentEvent[]) => events.map(({ event, data, id }) => [event, data, id]);

describe('an event stream', () => {
  // The examples of WHATWG HTML, "Server-sent events".
  it('of the standard’s examples gives the events that the standard tells', () => {
    expect(plain(read('data: YHOO\ndata: +2\ndata: 10\n\n'))).toEqual([['message', 'YHOO\n+2\n10', '']]);
    const second =
      ': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n';
    expect(plain(read(second))).toEqual([
      ['message', 'first event', '1'],
      ['message', 'second event', ''],
      ['message', ' third event', ''],
    ]);
    expect(plain(read('data\n\ndata\ndata\n\ndata:'))).toEqual([
      ['message', '', ''],
      ['message', '\n', ''],
    ]);
    expect(plain(read('data:test\n\ndata: test\n\n'))).toEqual([
      ['message', 'test', ''],
      ['message', 'test', ''],
    ]);
    expect(plain(read('event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\n'))).toEqual([
      ['add', '73857293', ''],
      ['remove', '2153', ''],
    ]);
  });

  it('tells when the last byte of each event came', () => {
    expect(read('data: a\n\ndata: b\n\n', [8, 12]).map(({ at, data }) => [at, data])).toEqual([
      [1, 'a'],
      [2, 'b'],
    ]);
    const arrivals = [
      [100, 9],
      [250, 9],
    ] as const;
    expect(eventsOf(Buffer.from('data: a\n\ndata: b\n\n'), arrivals).map(({ at }) => at)).toEqual([100, 250]);
  });

  it('keeps no more of an event than the limit, says so, and reads the next one whole', () => {
    const events = read(
      `: a long comment that counts for nothing\n: and one more of them\ndata: ${'x'.repeat(50)}\ndata: y\n\n: once more a long comment before it\ndata: z\n\n`,
      [],
      30,
    );
    expect(events.map(({ data, cut }) => [data.length, cut])).toEqual([
      [24, true],
      [1, undefined],
    ]);
  });

  it('knows whether an event has begun', () => {
    const stream = new EventStream(() => {}, 100);
    const push = (text: string): boolean => {
      stream.push(Buffer.from(text), 0, text.length, 0);
      return stream.inEvent;
    };
    expect(['data', ': a\n', '\n', '\r', 'x'].map(push)).toEqual([true, true, false, false, true]);
  });
});

const line = fc.oneof(
  fc.constantFrom(
    '',
    '',
    'data',
    'data:',
    'data: a',
    'data:b',
    'data:  c',
    'data: räk🂡',
    ': note',
    'event: add',
    'event',
    'id: 7',
    'id',
    'retry: 10',
    'retry: x',
    'other: 1',
    ' data: d',
    'data : e',
    'id: a\0b',
  ),
  fc.string({ maxLength: 12 }).map((text) => text.replaceAll(/[\r\n]/g, '')),
);
const streams = fc
  .tuple(
    fc.constantFrom('', '\ufeff', '\ufeff\ufeff'),
    fc.array(fc.tuple(line, fc.constantFrom('\n', '\r', '\r\n')), { maxLength: 25 }),
  )
  .map(([mark, lines]) => mark + lines.flat().join(''));

describe('whatever is sent', () => {
  it('gives the events that undici’s EventSource gives, wherever it is cut', async () => {
    let body = '';
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(`${body}\n\nevent: over\ndata: over\n\n`);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    await fc.assert(
      fc.asyncProperty(streams, fc.array(fc.nat(200), { maxLength: 20 }), async (stream, cuts) => {
        // The server ends the line under way and the event, so that ours gets them too.
        body = stream;
        const told = await heard(url);
        expect(plain(read(`${stream}\n\n`, cuts))).toEqual(told);
      }),
      { numRuns: 60 },
    );
    server.close();
  });
});

/** What undici tells of a stream, up to the event `over`. It tells of all types that our streams name. */
async function heard(url: string): Promise<string[][]> {
  const source = new EventSource(url);
  const told: string[][] = [];
  for (const type of ['message', 'add']) {
    source.addEventListener(type, (event) => {
      if ('data' in event && 'lastEventId' in event)
        told.push([type, String(event.data), String(event.lastEventId)]);
    });
  }
  await once(source as never, 'over');
  source.close();
  return told;
}

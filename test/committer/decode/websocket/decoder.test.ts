import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { DecodedExchange } from '../../../../committer/decode/port.ts';
import { WindowDecoder } from '../../../../committer/decode/window-decoder.ts';
import type { ConnectionTap } from '../../../../interceptor/relay/tap.ts';
import type { Batch, Ending, Sender } from '../../../../ledger/segment.ts';
import { serializeRequestHead } from '../../../../wire/http1/head.ts';
import { encodeFrame } from '../../../../wire/websocket/encode-frame.ts';
import { messagesIn } from '../../../../wire/websocket/messages.ts';
import { observe } from '../../../interceptor/parts/observed.ts';
import type { Rules } from '../../../interceptor/parts/recorded.ts';
import { runs } from '../../../properties.ts';
import { serializeResponseHead } from '../../../wire/http1/serialize-response-head.ts';
import { type Conversation, converse, type Move } from '../../../wire/websocket/conversation.ts';

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
const mask = Uint8Array.of(1, 2, 3, 4);
const say = (text: string, opcode = 1, fin = true): string =>
  latin1(encodeFrame({ opcode, fin, payload: Buffer.from(text), mask }));
const answer = (text: string, opcode = 1, fin = true): string =>
  latin1(encodeFrame({ opcode, fin, payload: Buffer.from(text) }));
const close = (code: number, reason = ''): string =>
  latin1(
    encodeFrame({
      opcode: 8,
      fin: true,
      payload: Buffer.from([code >> 8, code & 255, ...Buffer.from(reason)]),
    }),
  );
const upgrade = 'GET /rooms/7 HTTP/1.1\r\nHost: chat\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';
const switched = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n';

/** One thing that happens on the connection behind the upgrade: a segment, a batch that is handed over, an ending. */
type Happens = readonly [Sender, string] | 'hand' | readonly [Sender, { readonly end: Ending }];

function record(
  happens: readonly Happens[],
  heads: readonly [string, string] = [upgrade, switched],
  rules: Rules = {},
): Batch[] {
  return observe(
    (driven) => {
      const tap = driven.open();
      driven.send(tap, 'client', heads[0]);
      driven.send(tap, 'service', heads[1]);
      for (const one of happens) {
        if (one === 'hand') driven.hand();
        else play(tap, one, (sender, text) => driven.send(tap, sender, text));
      }
    },
    { rules },
  );
}

function play(
  tap: ConnectionTap,
  [sender, what]: Exclude<Happens, 'hand'>,
  send: (sender: Sender, text: string) => void,
): void {
  if (typeof what === 'string') send(sender, what);
  else tap.end(sender, what.end);
}

/** Decodes batches; `undefined` is a lost one. */
function decode(batches: readonly (Batch | undefined)[], bodyLimit = 1 << 20) {
  const instance = batches.find((batch) => batch !== undefined)?.header.instance ?? '';
  const decoder = new WindowDecoder({ startWallMs: Date.now(), bodyLimit });
  for (const batch of batches) {
    if (batch === undefined) decoder.hole(instance);
    else decoder.push(batch);
  }
  return { exchanges: decoder.end(), gaps: decoder.gaps };
}

/** The messages of one side, each with its kind; `~` where it is not whole. */
function told({ exchange, requestBody, responseBody }: DecodedExchange, sender: Sender): string[] {
  const body = sender === 'client' ? exchange.request.body : exchange.response?.body;
  const bytes = sender === 'client' ? requestBody : responseBody;
  if (body?.framing.kind !== 'websocket') throw new Error('there are no frames');
  expect(body.size).toBe(bytes.length);
  expect(body.arrivals.reduce((sum, [, size]) => sum + size, 0)).toBe(bytes.length);
  return messagesIn(body.framing.frames, bytes).map(
    ({ kind, bytes: said, whole }) => `${kind} ${latin1(said)}${whole ? '' : '~'}`,
  );
}

function only(exchanges: readonly DecodedExchange[]): DecodedExchange {
  const [exchange] = exchanges;
  if (exchange === undefined || exchanges.length > 1) throw new Error(`${exchanges.length} exchanges`);
  return exchange;
}

describe('an exchange that became a WebSocket', () => {
  test('has what both sides sent as its bodies, and ends with their closes', () => {
    const done = only(
      decode(
        record([
          ['service', answer('hi')],
          ['client', say('a', 1, false) + say('p', 9)],
          ['client', say('b', 0)],
          ['service', `${answer('p', 10)}${answer('bytes', 2)}${close(1000, 'bye')}`],
          ['client', say('\x03\xe8', 8)],
          ['client', { end: 'fin' }],
          ['service', { end: 'fin' }],
        ]),
      ).exchanges,
    );
    expect(told(done, 'client')).toEqual(['ping p', 'text ab', 'close \x03\xc3\xa8']);
    expect(told(done, 'service')).toEqual(['text hi', 'pong p', 'binary bytes', 'close \x03\xe8bye']);
    expect(done.exchange).toMatchObject({
      message: 0,
      protocol: 'http/1',
      response: { head: { status: 101 } },
    });
    expect(done.exchange.failure).toBeUndefined();
    expect(done.exchange.gaps).toBeUndefined();
    const { times } = done.exchange;
    expect(times.responseEnd).toBeGreaterThanOrEqual(times.responseStart ?? Number.POSITIVE_INFINITY);
    expect(times.requestEnd).toBeGreaterThanOrEqual(times.requestStart);
  });

  test('has the mark of a trigger that fired on its close', () => {
    const { exchanges } = decode(
      record([
        ['service', close(1011, 'broken')],
        ['client', { end: 'reset' }],
        ['service', { end: 'fin' }],
      ]),
    );
    const { exchange } = only(exchanges);
    expect(exchange.triggers).toMatchObject([
      {
        trigger: 'on_exception',
        detail: 'internal_error',
        fingerprint: 'GET /rooms/{id} exception:internal_error',
      },
    ]);
    expect(exchange.failure).toBeUndefined();
  });

  test.each<[string, readonly Happens[], string | undefined]>([
    [
      'the service half-closes without a close frame',
      [
        ['service', { end: 'fin' }],
        ['client', { end: 'fin' }],
      ],
      'service_closed',
    ],
    [
      'the service resets',
      [
        ['service', { end: 'reset' }],
        ['client', { end: 'fin' }],
      ],
      'service_reset',
    ],
    [
      'the client goes first',
      [
        ['client', { end: 'reset' }],
        ['service', { end: 'fin' }],
      ],
      'client_gone',
    ],
    [
      'the client has closed, and the service just ends',
      [
        ['client', say('\x03\xe8', 8)],
        ['service', { end: 'fin' }],
      ],
      undefined,
    ],
    ['the window ends', [], 'in_flight'],
    [
      'the interceptor ends',
      [
        ['service', { end: 'local' }],
        ['client', { end: 'local' }],
      ],
      'in_flight',
    ],
  ])('ends as it did where %s', (_, ending, failure) => {
    const { exchange } = only(decode(record([['client', say('hi')], ...ending])).exchanges);
    expect(exchange.failure).toBe(failure);
  });

  test('is not waited for', () => {
    const decoder = new WindowDecoder({ startWallMs: Date.now() - 1000, bodyLimit: 100 });
    for (const batch of record([['client', say('hi')]])) decoder.push(batch);
    expect(decoder.inFlight(Date.now() + 1000)).toBe(0);
  });

  test('keeps the beginning of a message past the limit, and all behind it', () => {
    const rules: Rules = { capture: { bodyLimit: 5 } };
    const batches = record([['client', say('1234567') + say('next')]], undefined, rules);
    const done = only(decode(batches, 5).exchanges);
    expect(told(done, 'client')).toEqual(['text 12345~', 'text next']);
    expect(done.exchange.gaps).toMatchObject([{ cause: 'body_limit', what: 'request' }]);
  });

  test('keeps sizes, kinds and the code of a close where payloads are off', () => {
    const rules: Rules = { capture: { payloads: false } };
    const done = only(
      decode(record([['service', answer('hello') + close(1011, 'why')]], undefined, rules)).exchanges,
    );
    expect(told(done, 'service')).toEqual(['text ~', 'close \x03\xf3~']);
    const framing = done.exchange.response?.body.framing;
    expect(framing?.kind === 'websocket' && framing.frames[0]?.lost).toEqual({
      bytes: 5,
      cause: 'payloads_off',
    });
  });

  test('of which a message was under way at the window’s end has what came of it', () => {
    const done = only(
      decode(
        record([
          ['client', say('a whole one')],
          ['client', say('half of it').slice(0, 10)],
        ]),
      ).exchanges,
    );
    expect(told(done, 'client')).toEqual(['text a whole one', 'text half~']);
    expect(done.exchange.failure).toBe('in_flight');
  });

  test('is over as a gap where its bytes turn out to be none', () => {
    const { exchanges, gaps } = decode(
      record([
        ['client', say('hi')],
        ['service', 'nonsense'],
      ]),
    );
    expect(only(exchanges).exchange).toMatchObject({
      failure: 'gap',
      gaps: [{ cause: 'malformed' }, { cause: 'malformed' }],
    });
    expect(told(only(exchanges), 'client')).toEqual(['text hi']);
    expect(gaps).toContainEqual(
      expect.objectContaining({ cause: 'malformed', unit: 'connections', count: 1 }),
    );
  });
});

describe('a window that begins in the middle of a WebSocket', () => {
  // A state is recorded once many times its bytes were sent.
  const long = 'two '.repeat(4_000);
  const happens: readonly Happens[] = [
    ['client', say('one', 1, false)],
    ['service', answer('early').slice(0, 4)],
    'hand',
    ['client', say('more', 0) + say(long)],
    ['service', answer('early').slice(4) + answer(`late ${long}`)],
    'hand',
    ['client', say('three')],
  ];

  test('has a partial exchange from the first whole message of each side on', () => {
    const batches = record(happens).slice(1);
    const { exchanges } = decode(batches);
    const done = only(exchanges);
    expect(done.exchange).toMatchObject({
      message: 0,
      failure: 'in_flight',
      request: {
        head: { method: 'GET', target: '/rooms/7', partial: true, fields: [] },
        body: { missed: { cause: 'stream_edge' } },
      },
      response: { head: { status: 101 }, body: { missed: { cause: 'stream_edge' } } },
      gaps: [{ cause: 'stream_edge' }],
    });
    expect(told(done, 'client')).toEqual([`text ${long}`, 'text three']);
    expect(told(done, 'service')).toEqual([`text late ${long}`]);
  });

  test('has two exchanges where a batch is lost: what came before, and a partial one behind', () => {
    const [first, , last] = record(happens);
    const { exchanges, gaps } = decode([first, undefined, last]);
    const [before, behind] = exchanges as [DecodedExchange, DecodedExchange];
    expect(exchanges.length).toBe(2);
    expect(before.exchange).toMatchObject({
      failure: 'gap',
      gaps: [{ cause: 'ledger_overload' }, { cause: 'ledger_overload' }],
    });
    expect(told(before, 'client')).toEqual(['text one~']);
    expect(behind.exchange.request.body.missed).toEqual({ cause: 'ledger_overload' });
    expect(told(behind, 'client')).toEqual(['text three']);
    expect(gaps).toEqual([]);
  });

  test('reads nothing behind a lost batch that no state follows', () => {
    const [first, , last] = record(happens);
    if (first === undefined || last === undefined) throw new Error('there are three batches');
    const stateless = { ...last, records: last.records.filter(({ kind }) => kind !== 'state') };
    const { exchanges, gaps } = decode([first, undefined, stateless]);
    expect(told(only(exchanges), 'client')).toEqual(['text one~']);
    expect(only(exchanges).exchange.failure).toBe('gap');
    const bytes = say('three').length;
    expect(gaps).toEqual([
      expect.objectContaining({ cause: 'ledger_overload', unit: 'bytes', count: bytes }),
    ]);
  });

  test('is untouched by lost batches in which it had no traffic', () => {
    const batches = record(happens);
    const { exchanges } = decode([batches[0], undefined, ...batches.slice(1)]);
    expect(told(only(exchanges), 'client')).toEqual(['text onemore', `text ${long}`, 'text three']);
    expect(only(exchanges).exchange.gaps).toBeUndefined();
  });
});

describe('what the ws package sends', () => {
  const text = fc
    .array(fc.constantFrom('hello', 'räk', '{"a":1}', 'x'.repeat(300)), { maxLength: 20 })
    .map((all) => all.join(' '));
  const moves: fc.Arbitrary<Move[]> = fc
    .array(
      fc.oneof(
        text.map((send): Move[] => [{ send }]),
        text.map((send): Move[] => [{ send, fin: false }, { ping: 'p' }, { send: 'end' }]),
      ),
      { maxLength: 6 },
    )
    .map((all) => all.flat());
  const cuts = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 6 });

  test('is decoded to what it receives, whatever batches are lost: always a part of it, all of it where none is', async () => {
    await fc.assert(
      fc.asyncProperty(
        moves,
        moves,
        cuts,
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.nat(12), { maxLength: 3 }),
        fc.boolean(),
        async (client, service, lengths, everyHand, lost, deflate) => {
          const options = deflate ? { threshold: 0 } : false;
          const talk = await converse({ client, service }, { client: options, service: options });
          const batches = record(mixed(talk, lengths, everyHand), headsOf(talk));
          const kept = batches.map((batch, i) => (lost.includes(i) ? undefined : batch));
          const { exchanges } = decode(kept);
          for (const sender of ['client', 'service'] as const) {
            const heard = talk.received[sender].messages.map(
              (message) => `text ${latin1(Buffer.from(message))}`,
            );
            const found = exchanges
              .flatMap((one) => told(one, sender))
              .filter((one) => one.startsWith('text'));
            if (!kept.includes(undefined)) expect(found).toEqual(heard);
            else expectPart(found, heard);
          }
        },
      ),
      runs(40),
    );
  });
});

/** Each whole message that was found is among those that were heard, in their order. */
function expectPart(found: readonly string[], heard: readonly string[]): void {
  let at = 0;
  for (const one of found) {
    if (one.endsWith('~')) continue;
    const place = heard.indexOf(one, at);
    expect(place, one).toBeGreaterThanOrEqual(0);
    at = place + 1;
  }
}

function headsOf({ request, response }: Conversation): readonly [string, string] {
  return [
    latin1(serializeRequestHead({ method: 'GET', target: '/chat', version: 'HTTP/1.1', fields: request })),
    latin1(
      serializeResponseHead({ version: 'HTTP/1.1', status: 101, reason: 'Switching', fields: response }),
    ),
  ];
}

/** Both sides' bytes in pieces, in turns, with a batch handed over every so often. */
function mixed({ sent }: Conversation, lengths: readonly number[], everyHand: number): Happens[] {
  const left = { client: latin1(sent.client), service: latin1(sent.service) };
  const happens: Happens[] = [];
  for (let i = 0; left.client !== '' || left.service !== ''; i++) {
    const sender = (i % 2 === 0 && left.client !== '') || left.service === '' ? 'client' : 'service';
    const length = lengths[i % lengths.length] ?? 1;
    happens.push([sender, left[sender].slice(0, length)]);
    left[sender] = left[sender].slice(length);
    if (i % everyHand === 0) happens.push('hand');
  }
  return happens;
}

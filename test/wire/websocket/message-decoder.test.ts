import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PerMessageDeflateOptions } from 'ws';
import { deflateMessage, encodeFrame } from '../../../wire/websocket/encode-frame.ts';
import { agreedExtensions } from '../../../wire/websocket/extensions.ts';
import { isControl, opcodes } from '../../../wire/websocket/frame.ts';
import { FrameScanner, type WebSocketSender } from '../../../wire/websocket/frame-scanner.ts';
import { InflationBudget } from '../../../wire/websocket/inflation-budget.ts';
import type { DecodedFrame } from '../../../wire/websocket/message-decoder.ts';
import { runs } from '../../properties.ts';
import { type Conversation, converse, type Move } from './conversation.ts';
import { decodeFrames, messagesOf } from './decoded.ts';

const mask = Uint8Array.of(1, 2, 3, 4);
const senders: readonly WebSocketSender[] = ['client', 'service'];
const words = fc.constantFrom('hello', 'cart', 'sku-1', 'räksmörgås', '{"a":1}', '🂡');
const text = fc.array(words, { maxLength: 40 }).map((all) => all.join(' '));
const content = fc.oneof(
  text,
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  big(),
);
const whole = fc.record({ send: content, compress: fc.boolean() }).map((move): Move[] => [move]);
const ping = fc.string({ maxLength: 10 }).map((word): Move[] => [{ ping: word }]);
const fragments = fc
  .record({ parts: fc.array(text, { minLength: 2, maxLength: 5 }), compress: fc.boolean(), between: ping })
  .map(({ parts, compress, between }): Move[] =>
    parts.flatMap((send, i) => [
      { send, compress, fin: i === parts.length - 1 },
      ...(i === 0 ? between : []),
    ]),
  );
const moves = fc.array(fc.oneof(whole, ping, fragments), { maxLength: 8 }).map((all) => all.flat());

function big(): fc.Arbitrary<Buffer> {
  return fc.integer({ min: 60_000, max: 150_000 }).map((size) => Buffer.alloc(size, 'abcdefghij-'));
}

const deflates: readonly [string, PerMessageDeflateOptions | false][] = [
  ['without compression', false],
  ['with context takeover', { threshold: 0 }],
  [
    'without context takeover',
    { threshold: 0, serverNoContextTakeover: true, clientNoContextTakeover: true },
  ],
  ['with windows of 512 bytes', { threshold: 0, serverMaxWindowBits: 9, clientMaxWindowBits: 9 }],
];

function agreed({ response }: Conversation) {
  const extensions = agreedExtensions(response);
  if (extensions === undefined) throw new Error('the extensions are not known');
  return extensions.deflate;
}

function decode(
  talk: Conversation,
  sender: WebSocketSender,
  cuts: readonly number[] = [],
): readonly DecodedFrame[] {
  const deflate = agreed(talk)?.[sender];
  const { frames, opaque } = decodeFrames(talk.sent[sender], { sender, ...(deflate && { deflate }) }, cuts);
  expect(opaque).toBe(false);
  return frames;
}

describe.each(deflates)('what the ws package sends %s', (_, deflate) => {
  it('decodes to what it receives, wherever its bytes are cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        moves,
        moves,
        fc.array(fc.nat(2000), { maxLength: 60 }),
        async (client, service, cuts) => {
          const talk = await converse({ client, service }, { client: deflate, service: deflate });
          expect(agreed(talk) !== undefined).toBe(deflate !== false);
          for (const sender of senders) {
            const frames = decode(talk, sender, cuts);
            expect(messagesOf(frames)).toEqual(talk.received[sender].messages);
            const pings = frames.filter(({ opcode }) => opcode === opcodes.ping);
            expect(pings.map(({ payload }) => String(Buffer.from(payload)))).toEqual(
              talk.received[sender].pings,
            );
            expect(frames.at(-1)?.opcode).toBe(opcodes.close);
            expect(frames.every(({ lost }) => lost === undefined)).toBe(true);
          }
        },
      ),
      runs(8),
    );
  });

  it('decodes from the middle on, from the first whole message that needs nothing before', async () => {
    const client: Move[] = Array.from({ length: 30 }, (__, i) => ({
      send: `the same words again, and ${i} more`,
    }));
    const talk = await converse({ client, service: [] }, { client: deflate, service: deflate });
    const all = decode(talk, 'client');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: talk.sent.client.length }), (at) => {
        const before = stateAt(talk, at);
        const terms = agreed(talk)?.client;
        const tail = decodeFrames(talk.sent.client.subarray(at), {
          sender: 'client',
          ...(terms && { deflate: terms }),
          from: before.state,
        });
        expect(tail.opaque).toBe(false);
        const rest = all.slice(all.length - tail.frames.length);
        // What begins at the cut or behind it is there, and all that is readable is right.
        expect(tail.frames.length).toBeGreaterThanOrEqual(all.length - before.begun);
        for (const [i, frame] of tail.frames.entries()) {
          if (frame.lost === undefined) expect(frame.payload).toEqual(rest[i]?.payload);
          else expect([frame.payload.length, frame.lost.cause]).toEqual([0, 'inflate_state']);
          if (!frame.compressed || terms?.takeover === false) expect(frame.lost).toBeUndefined();
        }
      }),
      runs(200),
    );
  });
});

/** Where a scanner of the client's frames stands before byte `at`, and how many frames had begun. */
function stateAt({ sent, ...talk }: Conversation, at: number) {
  let begun = 0;
  const sink = { onFrame: () => void begun++, onFrameEnd: () => {}, onOpaque: () => {} };
  const scanner = new FrameScanner('client', sink, agreed({ sent, ...talk }) !== undefined);
  scanner.push(sent.client, 0, at);
  return { state: scanner.state, begun };
}

describe('a compressed message', () => {
  const deflate = { takeover: true, windowBits: 15 };
  // RFC 7692 sections 7.2.3.1, 7.2.3.2 and 7.2.3.4.
  const hello = Buffer.from('c107f248cdc9c90700', 'hex');
  const helloAgain = Buffer.from('c105f200110000', 'hex');
  const final = Buffer.from('c108f348cdc9c9070000', 'hex');

  it('opens as the examples of RFC 7692 say', () => {
    const { frames } = decodeFrames(Buffer.concat([hello, helloAgain, final, hello]), {
      sender: 'service',
      deflate,
    });
    expect(messagesOf(frames)).toEqual(['Hello', 'Hello', 'Hello', 'Hello']);
  });

  it('in fragments gives each a share of its content', () => {
    // RFC 7692 section 7.2.3.1.
    const { frames } = decodeFrames(Buffer.from('4103f248cd8004c9c90700', 'hex'), {
      sender: 'service',
      deflate,
    });
    expect(frames.map(({ opcode, fin, compressed }) => [opcode, fin, compressed])).toEqual([
      [1, false, true],
      [0, true, true],
    ]);
    expect(messagesOf(frames)).toEqual(['Hello']);
  });

  it('that is broken is lost as malformed, and so are those that refer to it', () => {
    const broken = Buffer.from('c103ffffff', 'hex');
    const { frames } = decodeFrames(Buffer.concat([hello, broken, helloAgain, hello, helloAgain]), {
      sender: 'service',
      deflate,
    });
    expect(frames.map(({ payload, lost }) => lost?.cause ?? String(Buffer.from(payload)))).toEqual([
      'Hello',
      'malformed',
      'inflate_state',
      'Hello',
      'Hello',
    ]);
  });

  it('that opens to more than the limit keeps its beginning, and the next may refer to all of it', async () => {
    const client = [{ send: Buffer.alloc(100_000, 'x') }, { send: Buffer.alloc(1000, 'x') }];
    const talk = await converse(
      { client, service: [] },
      { client: { threshold: 0 }, service: { threshold: 0 } },
    );
    const terms = agreed(talk)?.client;
    const { frames } = decodeFrames(talk.sent.client, {
      sender: 'client',
      limit: 50_000,
      ...(terms && { deflate: terms }),
    });
    expect(frames.slice(0, 2).map(({ payload, lost }) => [payload.length, lost])).toEqual([
      [50_000, { bytes: 50_000, cause: 'body_limit' }],
      [1000, undefined],
    ]);
  });

  it('that is a bomb is lost', async () => {
    const client = [{ send: Buffer.alloc(20_000_000) }, { send: 'after' }];
    const talk = await converse(
      { client, service: [] },
      { client: { threshold: 0 }, service: { threshold: 0 } },
    );
    const [bomb, after] = decode0(talk);
    expect(bomb?.lost?.cause).toBe('body_limit');
    expect(bomb?.payload.length).toBe(0);
    expect(String(Buffer.from(after?.payload ?? []))).toBe('after');
  });

  function decode0(talk: Conversation) {
    const terms = agreed(talk)?.client;
    return decodeFrames(talk.sent.client, { sender: 'client', ...(terms && { deflate: terms }) }).frames;
  }
});

describe('a message larger than the limit', () => {
  it('keeps its first bytes, and the rest is counted as lost, over all its fragments', () => {
    const bytes = Buffer.concat([
      encodeFrame({ opcode: 1, fin: false, payload: Buffer.from('12345'), mask }),
      encodeFrame({ opcode: 9, fin: true, payload: Buffer.from('ping'), mask }),
      encodeFrame({ opcode: 0, fin: true, payload: Buffer.from('67890'), mask }),
      encodeFrame({ opcode: 1, fin: true, payload: Buffer.from('next'), mask }),
    ]);
    const { frames } = decodeFrames(bytes, { sender: 'client', limit: 7 });
    expect(frames.map(({ payload, lost }) => [String(Buffer.from(payload)), lost])).toEqual([
      ['12345', undefined],
      ['ping', undefined],
      ['67', { bytes: 3, cause: 'body_limit' }],
      ['next', undefined],
    ]);
  });
});

describe('bytes that are left out of a frame', () => {
  it('are lost behind what came, and decoding goes on behind the frame', async () => {
    const { MessageDecoder } = await import('../../../wire/websocket/message-decoder.ts');
    const frames: DecodedFrame[] = [];
    const decoder = new MessageDecoder(
      { sender: 'client', limit: 100 },
      (frame) => frames.push(frame),
      () => {},
    );
    const bytes = Buffer.concat([
      encodeFrame({ opcode: 1, fin: true, payload: Buffer.from('hello'), mask }),
      encodeFrame({ opcode: 1, fin: true, payload: Buffer.from('next'), mask }),
    ]);
    decoder.push(bytes, 0, 8, 1);
    expect(decoder.skip(4, 'body_limit', 2)).toBe(false);
    expect(decoder.skip(3, 'body_limit', 2)).toBe(true);
    decoder.push(bytes, 11, bytes.length, 3);
    expect(frames.map(({ at, payload, lost }) => [at, String(Buffer.from(payload)), lost])).toEqual([
      [2, 'he', { bytes: 3, cause: 'body_limit' }],
      [3, 'next', undefined],
    ]);
  });
});

describe('what has begun when no more bytes come', () => {
  it('comes out as far as it came', async () => {
    const { MessageDecoder } = await import('../../../wire/websocket/message-decoder.ts');
    const frames: DecodedFrame[] = [];
    const decoder = new MessageDecoder(
      { sender: 'service', limit: 100 },
      (frame) => frames.push(frame),
      () => {},
    );
    decoder.push(encodeFrame({ opcode: 2, fin: true, payload: Buffer.from('hello') }), 0, 5, 7);
    decoder.end('window_edge');
    expect(frames).toEqual([
      {
        at: 7,
        opcode: 2,
        fin: true,
        compressed: false,
        payload: new Uint8Array(Buffer.from('hel')),
        lost: { bytes: 2, cause: 'window_edge' },
      },
    ]);
  });
});

it('counts control frames apart', () => {
  expect([0, 1, 2, 8, 9, 10].map(isControl)).toEqual([false, false, false, true, true, true]);
});

describe('conversations that share what may be opened', () => {
  const deflate = { takeover: false, windowBits: 15 };
  const bomb = (size: number): Uint8Array => {
    const payload = deflateMessage(Buffer.alloc(size), deflate);
    if (payload === undefined) throw new Error('zlib compresses nothing');
    return encodeFrame({ opcode: 2, fin: true, rsv1: true, payload });
  };

  it('open no more than is held of all of them, until some of that is given away', () => {
    const budget = new InflationBudget();
    const limit = 16 * 1024 * 1024;
    const sent = bomb(10_000_000);
    const open = (): string => {
      const [frame] = decodeFrames(sent, { sender: 'service', deflate, limit, budget }).frames;
      if (frame?.lost === undefined) budget.hold(10_000_000);
      return frame?.lost?.cause ?? 'open';
    };
    const outcomes = Array.from({ length: 30 }, open);
    expect(outcomes.indexOf('body_limit')).toBe(26);
    expect(new Set(outcomes.slice(26))).toEqual(new Set(['body_limit']));
    budget.release(100_000_000);
    expect(open()).toBe('open');
  });
});

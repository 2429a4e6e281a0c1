import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createScrubber } from '../../../sanitizers/engine.ts';
import type { WebSocketFrame } from '../../../tape/exchange.ts';
import { arrivalsOf, messagesIn } from '../../../wire/websocket/messages.ts';
import { exchange } from '../world.ts';

const secret = 'hunter2-Zk39';

interface Sent {
  readonly opcode?: number;
  readonly fin?: boolean;
  readonly text: string | Buffer;
  readonly lost?: WebSocketFrame['lost'];
}

/** Scrubs what a service sent behind an upgrade; one frame each millisecond. */
function scrub(...sent: readonly Sent[]) {
  const frames = sent.map(({ opcode = 1, fin = true, text, lost }, at): WebSocketFrame => {
    return { at: at * 1e6, opcode, fin, size: Buffer.from(text).length, ...(lost && { lost }) };
  });
  const responseBody = Buffer.concat(sent.map(({ text }) => Buffer.from(text)));
  const given = exchange({ status: 101, framing: { kind: 'websocket', frames }, responseBody });
  const { response } = given.exchange;
  if (response === undefined) throw new Error('there is a response');
  const body = { ...response.body, arrivals: arrivalsOf(frames) };
  const scrubber = createScrubber([]);
  const made = scrubber.scrub({ ...given, exchange: { ...given.exchange, response: { ...response, body } } });
  const scrubbed = made.exchange.response?.body;
  if (scrubbed?.framing.kind !== 'websocket') throw new Error('the frames are gone');
  return { scrubbed, frames: scrubbed.framing.frames, bytes: Buffer.from(made.responseBody), made, scrubber };
}

const texts = ({ frames, bytes }: ReturnType<typeof scrub>) =>
  messagesIn(frames, bytes).map((message) => String(Buffer.from(message.bytes)));

describe('messages of a WebSocket', () => {
  test('are scrubbed each by itself, and frames and arrivals follow', () => {
    const made = scrub(
      { text: `{"password":"${secret}","n":1}` },
      { text: 'hello' },
      { text: `mail joe@shop.example.com` },
    );
    expect(texts(made)).toEqual([
      expect.stringMatching(/^\{"password":"[a-z]{6}\d-[A-Z][a-z]\d\d","n":1\}$/),
      'hello',
      expect.stringMatching(/^mail [a-z]{3}@[a-z]+\.example$/),
    ]);
    expect(made.scrubbed.arrivals).toEqual(arrivalsOf(made.frames));
    expect(made.scrubbed.size).toBe(made.bytes.length);
  });

  test('that came in fragments are scrubbed as one, each fragment keeps its place', () => {
    const made = scrub(
      { fin: false, text: '{"password":"hunt' },
      { opcode: 9, text: 'still there?' },
      { opcode: 0, text: 'er2-Zk39"}' },
    );
    expect(made.bytes.toString()).not.toContain('hunt');
    expect(made.frames.map(({ opcode, fin, at }) => [opcode, fin, at])).toEqual([
      [1, false, 0],
      [9, true, 1e6],
      [0, true, 2e6],
    ]);
    expect(texts(made)).toEqual(['still there?', expect.stringMatching(/^\{"password":"[^"]{12}"\}$/)]);
  });

  test('of Socket.IO and SockJS are read as the JSON that they hold', () => {
    const made = scrub(
      { text: `42/chat,7["login",{"password":"${secret}"}]` },
      { text: `a["{\\"password\\":\\"${secret}\\"}"]` },
    );
    expect(texts(made)[0]).toMatch(/^42\/chat,7\["login",\{"password":"[^"]{12}"\}\]$/);
    expect(made.bytes.toString()).not.toContain(secret);
  });

  test('that are binary and cannot be read are dropped from their frames, and it is said', () => {
    const made = scrub(
      { text: 'before' },
      { opcode: 2, text: Buffer.from([0, 1, 2, 3, 255]) },
      { text: 'behind' },
    );
    expect(texts(made)).toEqual(['before', '', 'behind']);
    expect(made.frames[1]).toMatchObject({ size: 0, lost: { bytes: 5, cause: 'unreadable' } });
    expect(made.scrubber.gaps).toMatchObject([{ cause: 'unreadable', count: 5, what: 'response.body' }]);
    expect(made.made.exchange.gaps).toMatchObject([{ cause: 'unreadable', count: 5 }]);
  });

  test('that are cut off keep nothing of the word that the cut went through', () => {
    const made = scrub(
      { text: 'see joe@shop.exa', lost: { bytes: 9, cause: 'body_limit' } },
      { text: 'next' },
    );
    expect(texts(made)).toEqual(['see', 'next']);
    expect(made.frames[0]?.lost).toEqual({ bytes: 22, cause: 'body_limit' });
  });

  test('that never ended are cut off, too', () => {
    const made = scrub({ fin: false, text: 'see joe@shop.exa' });
    expect(texts(made)).toEqual(['see']);
    expect(made.frames[0]?.lost).toEqual({ bytes: 13, cause: 'unreadable' });
  });

  test('whose beginning is missing are dropped', () => {
    expect(texts(scrub({ opcode: 0, text: 'ter2-Zk39' }, { text: 'next' }))).toEqual(['', 'next']);
  });
});

test('the code of a close stays, and its reason is scrubbed', () => {
  const close = Buffer.concat([Buffer.from([3, 243]), Buffer.from('bye joe@shop.example.com')]);
  const made = scrub({ opcode: 8, text: close });
  expect([...made.bytes.subarray(0, 2)]).toEqual([3, 243]);
  expect(made.bytes.subarray(2).toString()).toMatch(/^bye [a-z]{3}@[a-z]+\.example$/);
});

test('sizes, arrivals and bytes agree whatever came', () => {
  const frame = fc.record({
    opcode: fc.constantFrom(0, 1, 2, 8, 9, 10),
    fin: fc.boolean(),
    text: fc.oneof(
      fc.constantFrom(`{"password":"${secret}"}`, 'joe@shop.example.com', `password=${secret}`, ''),
      fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    ),
  });
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 12 }), (sent) => {
      const { scrubbed, frames, bytes } = scrub(...sent);
      expect(frames.length).toBe(sent.length);
      expect(frames.reduce((sum, { size }) => sum + size, 0)).toBe(bytes.length);
      expect(scrubbed.arrivals.reduce((sum, [, size]) => sum + size, 0)).toBe(bytes.length);
      expect(bytes.includes(secret)).toBe(false);
    }),
  );
});

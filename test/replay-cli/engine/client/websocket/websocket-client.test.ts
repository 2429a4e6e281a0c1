import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type ServerOptions, type WebSocket, WebSocketServer } from 'ws';
import type { PayloadResult, Timing } from '../../../../../replay-cli/engine/port.ts';
import { messagesIn } from '../../../../../wire/websocket/messages.ts';
import { type ConversationSketch, conversationExchange } from '../../../../tape/make-conversation.ts';
import { replayOf } from '../../replay-of.ts';
import { targetAt } from '../../service-under-test.ts';

interface Seen {
  readonly at: number;
  readonly what: string;
}

/** A service of `ws`, with what its sockets received and when. */
class Chat implements AsyncDisposable {
  readonly seen: Seen[] = [];
  readonly heads: string[][] = [];
  readonly #server: WebSocketServer;

  private constructor(server: WebSocketServer, serve: (socket: WebSocket, text: string) => void) {
    this.#server = server;
    server.on('connection', (socket, request) => {
      this.heads.push(request.rawHeaders);
      socket.on('message', (data, binary) => {
        const text = binary ? `binary ${String(data)}` : String(data);
        this.seen.push({ at: performance.now(), what: text });
        serve(socket, text);
      });
      socket.on('ping', (data) => this.seen.push({ at: performance.now(), what: `ping ${data}` }));
      socket.on('pong', (data) => this.seen.push({ at: performance.now(), what: `pong ${data}` }));
      socket.on('close', (code) => this.seen.push({ at: performance.now(), what: `close ${code}` }));
    });
  }

  static async start(
    serve: (socket: WebSocket, text: string) => void = () => {},
    options: ServerOptions = {},
  ): Promise<Chat> {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1', ...options });
    const chat = new Chat(server, serve);
    await once(server, 'listening');
    return chat;
  }

  get target() {
    return targetAt((this.#server.address() as AddressInfo).port);
  }

  on(connection: (socket: WebSocket) => void): void {
    this.#server.on('connection', connection);
  }

  get words(): string[] {
    return this.seen.map(({ what }) => what);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#server.clients) socket.terminate();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

async function replayed(
  chat: Chat,
  sketches: readonly ConversationSketch[],
  { timing = 'causal', patienceMs = 3_000 }: { timing?: Timing; patienceMs?: number } = {},
): Promise<PayloadResult[]> {
  await using replay = await replayOf(sketches.map(conversationExchange), chat.target, { patienceMs });
  const results: PayloadResult[] = [];
  replay.listen((event) => {
    if (event.kind === 'received') results.push(event.result);
  });
  await replay.run({ from: 1, timing, speed: 1, awaitResults: true });
  return results.toSorted((a, b) => a.id - b.id);
}

/** What the service sent, as the outcome has it. */
function heard({ outcome }: PayloadResult): string[] {
  const { frames, body } = outcome;
  return frames && body
    ? messagesIn(frames, body).map(({ kind, bytes }) => `${kind} ${Buffer.from(bytes)}`)
    : [];
}

let chat: Chat;
afterEach(async () => await chat[Symbol.asyncDispose]());

describe('a WebSocket', () => {
  it('sends the recorded frames: kinds, fragments, pings, and its close', async () => {
    chat = await Chat.start();
    const [result] = await replayed(chat, [
      {
        start: 0,
        client: [
          { at: 2, text: 'one' },
          { at: 3, text: 'tw', fin: false },
          { at: 4, text: 'still there?', opcode: 9 },
          { at: 5, text: 'o', opcode: 0 },
          { at: 6, text: 'three', opcode: 2 },
          { at: 7, close: 4000, text: 'bye' },
        ],
        service: [
          { at: 4, text: 'still there?', opcode: 10 },
          { at: 8, close: 4000, text: 'bye' },
        ],
      },
    ]);
    await expect
      .poll(() => chat.words)
      .toEqual(['one', 'ping still there?', 'two', 'binary three', 'close 4000']);
    expect(result?.outcome).toMatchObject({ kind: 'response', head: { status: 101 } });
    expect(heard(result as PayloadResult).slice(0, 1)).toEqual(['pong still there?']);
    expect(result).toMatchObject({ differences: [], leftClass: false });
  });

  it('keeps the recorded gaps between frames', async () => {
    chat = await Chat.start();
    await replayed(chat, [
      {
        start: 0,
        client: [
          { at: 20, text: 'a' },
          { at: 100, text: 'b' },
          { at: 110, close: 1000 },
        ],
        service: [{ at: 111, close: 1000 }],
      },
    ]);
    const [a, b] = chat.seen;
    expect((b?.at ?? 0) - (a?.at ?? 0)).toBeGreaterThan(70);
  });

  it('sends a frame only behind the messages that came before it on the tape, however late they are', async () => {
    chat = await Chat.start((socket, text) => {
      if (text === 'ask') setTimeout(() => socket.send('answer'), 120);
    });
    const sketch = {
      start: 0,
      client: [
        { at: 5, text: 'ask' },
        { at: 20, text: 'thanks' },
        { at: 21, close: 1000 },
      ],
      service: [
        { at: 10, text: 'answer' },
        { at: 22, close: 1000 },
      ],
    };
    for (const timing of ['causal', 'fast'] as const) {
      chat.seen.length = 0;
      const [result] = await replayed(chat, [sketch], { timing });
      await expect.poll(() => chat.words).toEqual(['ask', 'thanks', 'close 1000']);
      expect((chat.seen[1]?.at ?? 0) - (chat.seen[0]?.at ?? 0)).toBeGreaterThan(110);
      expect(heard(result as PayloadResult)).toEqual(['text answer', expect.stringMatching(/^close/)]);
    }
    chat.seen.length = 0;
    await replayed(chat, [sketch], { timing: 'absolute' });
    expect((chat.seen[1]?.at ?? 0) - (chat.seen[0]?.at ?? 0)).toBeLessThan(110);
  });

  it('answers pings and a close of the service by itself, and leaves the recorded answers out', async () => {
    chat = await Chat.start((socket) => {
      socket.ping('p');
      socket.once('pong', () => socket.close(1011, 'broken'));
    });
    const [result] = await replayed(chat, [
      {
        start: 0,
        client: [
          { at: 5, text: 'go' },
          { at: 8, opcode: 10, text: 'p' },
          { at: 10, close: 1011 },
        ],
        service: [
          { at: 7, opcode: 9, text: 'p' },
          { at: 9, close: 1011, text: 'broken' },
        ],
      },
    ]);
    await expect.poll(() => chat.words).toEqual(['go', 'pong p', 'close 1011']);
    expect(result).toMatchObject({ differences: [], leftClass: false });
  });

  it('compresses what was compressed where the service agrees, and opens what it sends', async () => {
    chat = await Chat.start((socket, text) => socket.send(text.repeat(50)), {
      perMessageDeflate: { threshold: 0 },
    });
    const words = 'the same words again '.repeat(20);
    const [result] = await replayed(chat, [
      {
        start: 0,
        extensions: 'permessage-deflate',
        client: [
          { at: 5, text: words, compressed: true },
          { at: 6, text: words, compressed: true, fin: false },
          { at: 7, text: words, compressed: true, opcode: 0 },
          { at: 20, close: 1000 },
        ],
        service: [
          { at: 8, text: words.repeat(50), compressed: true },
          { at: 9, text: words.repeat(100) },
          { at: 21, close: 1000 },
        ],
      },
    ]);
    await expect.poll(() => chat.words).toEqual([words, words + words, 'close 1000']);
    expect(result?.differences).toEqual([]);
  });

  it('compares the messages of the service one by one', async () => {
    chat = await Chat.start((socket) => {
      socket.send('{"sku":"A1","left":3}');
      socket.send('hello there');
      socket.close(1001);
    });
    const [result] = await replayed(chat, [
      {
        start: 0,
        client: [{ at: 5, text: 'go' }],
        service: [
          { at: 7, text: '{"sku":"A1","left":4}' },
          { at: 8, text: 'hello you' },
          { at: 9, text: 'more' },
          { at: 10, close: 1000, text: 'done' },
        ],
      },
    ]);
    expect(result?.differences).toEqual([
      { where: 'message 1.left', recorded: '4', replayed: '3' },
      { where: 'message 2 word 3', recorded: 'you', replayed: 'there' },
      { where: 'message 3', recorded: 'more' },
      { where: 'close', recorded: '1000 normal closure: done', replayed: '1001 going away' },
    ]);
    expect(result?.leftClass).toBe(false);
  });

  it('closes from its side once the recorded time is over where the service does not', async () => {
    chat = await Chat.start((socket) => socket.send('fine now'));
    const [result] = await replayed(chat, [
      {
        start: 0,
        client: [
          { at: 5, text: 'break' },
          { at: 8, close: 1011 },
        ],
        service: [{ at: 7, close: 1011, text: 'broken' }],
      },
    ]);
    await expect.poll(() => chat.words).toEqual(['break', 'close 1000']);
    expect(result).toMatchObject({ recorded: { closeCode: 1011 }, leftClass: true });
    expect(result?.differences).toEqual([
      { where: 'message 1', replayed: 'fine now' },
      { where: 'close', recorded: '1011 internal error: broken' },
    ]);
    expect(result?.outcome.kind).toBe('response');
  });

  it('goes away without a close where the recorded client did', async () => {
    chat = await Chat.start();
    const [result] = await replayed(chat, [
      { start: 0, client: [{ at: 5, text: 'hi' }], failure: 'client_gone' },
    ]);
    await expect.poll(() => chat.words).toEqual(['hi', 'close 1006']);
    expect(result).toMatchObject({ differences: [], leftClass: false });
  });

  it('of which the tape has not seen the end is sent as far as it goes', async () => {
    chat = await Chat.start((socket) => socket.send('yes'));
    const [result] = await replayed(chat, [
      {
        start: 0,
        open: true,
        failure: 'in_flight',
        client: [{ at: 5, text: 'hi' }],
        service: [{ at: 6, text: 'yes' }],
      },
    ]);
    await expect.poll(() => chat.words).toEqual(['hi', 'close 1000']);
    expect(heard(result as PayloadResult)).toEqual(['text yes']);
    expect(result?.differences).toEqual([]);
  });

  it('fails where the service ends without a close, with what had come', async () => {
    chat = await Chat.start((socket) => socket.send('last', () => socket.terminate()));
    const [result] = await replayed(chat, [
      {
        start: 0,
        client: [
          { at: 5, text: 'hi' },
          { at: 50, text: 'never' },
        ],
        service: [{ at: 6, text: 'last' }],
        failure: 'service_closed',
      },
    ]);
    expect(result?.outcome).toMatchObject({ kind: 'failure', failure: 'closed', head: { status: 101 } });
    expect(heard(result as PayloadResult)).toEqual(['text last']);
    expect(result).toMatchObject({ leftClass: false });
    expect(chat.words).not.toContain('never');
  });

  it('that is refused is answered as any other request', async () => {
    chat = await Chat.start(() => {}, { verifyClient: (_info, done) => done(false, 503, 'full') });
    const [result] = await replayed(chat, [{ start: 0, client: [{ at: 5, text: 'hi' }], service: [] }]);
    expect(result?.outcome).toMatchObject({ kind: 'response', head: { status: 503 } });
    expect(result).toMatchObject({ leftClass: true });
  });

  it('makes a key of its own where the recorded one is none', async () => {
    chat = await Chat.start();
    const fields = [
      ['Host', 'checkout'],
      ['Upgrade', 'websocket'],
      ['Connection', 'Upgrade'],
      ['Sec-WebSocket-Version', '13'],
      ['sec-WebSocket-KEY', '[MOCK_TOKEN]'],
    ] as const;
    await replayed(chat, [
      { start: 0, fields, client: [{ at: 5, close: 1000 }], service: [{ at: 6, close: 1000 }] },
    ]);
    expect(chat.heads[0]?.[9]).toMatch(/^[\w+/]{22}==$/);
  });

  it('talks beside others over connections of their own', async () => {
    chat = await Chat.start((socket, text) => socket.send(text.toUpperCase()));
    const one = (text: string, start: number): ConversationSketch => ({
      start,
      connection: start + 1,
      client: [
        { at: start + 10, text },
        { at: start + 30, close: 1000 },
      ],
      service: [
        { at: start + 12, text: text.toUpperCase() },
        { at: start + 31, close: 1000 },
      ],
    });
    const results = await replayed(chat, [one('a', 0), one('b', 3), one('c', 6)]);
    expect(results.map(({ differences }) => differences)).toEqual([[], [], []]);
    expect(chat.words.filter((word) => word.length === 1).sort()).toEqual(['a', 'b', 'c']);
  });
});

it('a target that takes no connection refuses it', async () => {
  chat = await Chat.start();
  const { target } = chat;
  await chat[Symbol.asyncDispose]();
  await using replay = await replayOf([conversationExchange({ start: 0 })], target, {
    patienceMs: 500,
  }).catch(() => ({
    run: async () => Promise.reject(new Error('target-out-of-reach')),
    [Symbol.asyncDispose]: async () => {},
  }));
  await expect(replay.run({ from: 1, timing: 'causal', speed: 1, awaitResults: true })).rejects.toThrow();
});

it('tells its messages as they go by, and lets the client’s go one by one', async () => {
  chat = await Chat.start((socket, text) => {
    if (text === 'two') socket.close(1011, 'broken');
    else socket.send(text.toUpperCase());
  });
  const sketch: ConversationSketch = {
    start: 0,
    client: [
      { at: 5, text: 'o', fin: false },
      { at: 6, text: 'ne', opcode: 0 },
      { at: 20, text: 'two' },
    ],
    service: [
      { at: 10, text: 'ONE' },
      { at: 22, close: 1011, text: 'broken' },
    ],
  };
  await using replay = await replayOf([conversationExchange(sketch)], chat.target, {
    patienceMs: Number.POSITIVE_INFINITY,
  });
  const told: string[] = [];
  replay.listen((event) => {
    if (event.kind !== 'message') return;
    const { from, number, label = '', content } = event.message;
    told.push(`${from} ${number} ${label} ${Buffer.from(content() ?? [])}`);
  });
  const sending = await replay.send(1, { held: true });
  if (sending.kind !== 'sent' || sending.stream === undefined) throw new Error('nothing is held');
  expect(sending.stream.left).toBe(2);
  await sending.stream.step();
  expect(told).toEqual(['client 1  one', 'service 1  ONE']);
  await sending.stream.step();
  expect(sending.stream.isDone).toBe(true);
  await sending.result;
  expect(told.slice(2)).toEqual(['client 2  two', 'service 1 close 1011 broken', 'client 2 close 1011 ']);
});

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { WindowDecoder } from '../../../../committer/decode/window-decoder.ts';
import type { Body } from '../../../../tape/exchange.ts';
import { messagesIn } from '../../../../wire/websocket/messages.ts';
import { runs } from '../../../properties.ts';
import { type Conversation, converse, type Move } from '../../../wire/websocket/conversation.ts';
import { Recorded } from '../../parts/recorded.ts';

/** Passes bytes on to a port, and keeps them by who sent them. */
class Ear implements AsyncDisposable {
  readonly heard = { client: [] as Buffer[], service: [] as Buffer[] };
  readonly #server: Server;

  private constructor(to: number) {
    this.#server = createServer((near) => this.#join(near, connect(to, '127.0.0.1')));
  }

  static async before(to: number): Promise<Ear> {
    const ear = new Ear(to);
    await once(ear.#server.listen(0, '127.0.0.1'), 'listening');
    return ear;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  bytes(sender: 'client' | 'service'): Buffer {
    return Buffer.concat(this.heard[sender]);
  }

  #join(near: Socket, far: Socket): void {
    near.on('data', (bytes: Buffer) => this.heard.client.push(bytes));
    far.on('data', (bytes: Buffer) => this.heard.service.push(bytes));
    near.pipe(far).pipe(near);
    for (const socket of [near, far]) socket.on('error', () => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
  }
}

const words = fc.array(fc.constantFrom('hello', 'räksmörgås', '{"a":1}', 'x'.repeat(500)), { maxLength: 30 });
const content = fc.oneof(
  words.map((all) => all.join(' ')),
  fc.uint8Array({ maxLength: 100 }).map((bytes) => Buffer.from(bytes)),
  fc.integer({ min: 60_000, max: 200_000 }).map((size) => Buffer.alloc(size, 'abc-')),
);
const moves = fc
  .array(
    fc.oneof(
      fc.record({ send: content, compress: fc.boolean() }).map((move): Move[] => [move]),
      words.map((all): Move[] => [
        { send: all.join(' '), fin: false },
        { ping: 'between' },
        { send: ' and the end' },
      ]),
    ),
    { maxLength: 6 },
  )
  .map((all) => all.flat());

test('through the relay both ends get the bytes that were sent, and the tape has the messages that they received', async () => {
  await fc.assert(
    fc.asyncProperty(moves, moves, fc.boolean(), async (client, service, deflate) => {
      await using stack = new AsyncDisposableStack();
      const worlds: { behind: Ear; recorded: Recorded }[] = [];
      const options = deflate ? { threshold: 0 } : false;
      const talk = await converse(
        { client, service },
        { client: options, service: options },
        async (port) => {
          const behind = stack.use(await Ear.before(port));
          const recorded = stack.use(await Recorded.start({}, { targetPort: behind.port }));
          worlds.push({ behind, recorded });
          return recorded.port;
        },
      );
      const [{ behind, recorded } = expect.unreachable()] = worlds;
      expect(behind.bytes('client').equals(talk.raw.client)).toBe(true);
      expect(behind.bytes('service').equals(talk.raw.service)).toBe(true);
      await expectTaped(recorded, talk);
    }),
    runs(15),
  );
}, 60_000);

async function expectTaped(recorded: Recorded, { received }: Conversation): Promise<void> {
  const decoder = new WindowDecoder({ startWallMs: Date.now() - 60_000, bodyLimit: 1 << 20 });
  for (const batch of await recorded.batches()) decoder.push(batch);
  const [{ exchange, requestBody, responseBody } = expect.unreachable(), ...others] = decoder.end();
  expect(others).toEqual([]);
  expect(decoder.gaps).toEqual([]);
  expect([exchange.failure, exchange.gaps]).toEqual([undefined, undefined]);
  expect(toldIn(exchange.request.body, requestBody)).toEqual(received.client.messages);
  expect(toldIn(exchange.response?.body, responseBody)).toEqual(received.service.messages);
}

/** Texts as strings, binary messages as bytes; the last of all is the close. */
function toldIn(body: Body | undefined, bytes: Uint8Array): (string | Buffer)[] {
  if (body?.framing.kind !== 'websocket') throw new Error('there are no frames');
  const messages = messagesIn(body.framing.frames, bytes);
  expect(messages.at(-1)?.kind).toBe('close');
  return messages.flatMap(({ kind, bytes: said }): (string | Buffer)[] => {
    if (kind === 'text') return [String(Buffer.from(said))];
    return kind === 'binary' ? [Buffer.from(said)] : [];
  });
}

import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { WebSocket } from 'ws';

const deadlineMs = 20_000;

/** Somebody who chats: a WebSocket, and what came over it. */
export class Visitor {
  readonly #socket: WebSocket;
  readonly #heard: string[] = [];
  readonly #closed: Promise<number>;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => this.#heard.push(String(data)));
    this.#closed = new Promise((resolve) => socket.once('close', (code) => resolve(code)));
  }

  /** Enters a room at `url` (`http://…`). */
  static async enter(url: string, room: string, name: string, token: string): Promise<Visitor> {
    const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/rooms/${room}`);
    const visitor = new Visitor(socket);
    await once(socket, 'open', { signal: AbortSignal.timeout(deadlineMs) });
    visitor.send({ hello: { name, token } });
    await visitor.hears('welcome');
    return visitor;
  }

  send(message: object): void {
    this.#socket.send(JSON.stringify(message));
  }

  /** Waits until a message came that holds this text. */
  async hears(text: string): Promise<string> {
    const until = Date.now() + deadlineMs;
    for (;;) {
      const found = this.#heard.find((message) => message.includes(text));
      if (found !== undefined) return found;
      if (Date.now() > until) throw new Error(`nobody said ${text}`);
      await wait(1);
    }
  }

  /** The code with which the connection was closed, after a while at most; undefined where it is still open. */
  async closedWith(withinMs: number): Promise<number | undefined> {
    return await Promise.race([this.#closed, wait(withinMs, undefined)]);
  }

  leave(): void {
    this.#socket.close(1000);
  }
}

/**
 * Says a link, and unsays it `gapMs` after it was heard. Resolves with the code with which the service closed the
 * connection, or undefined where it did not.
 */
export async function changeOnesMind(
  visitor: Visitor,
  link: string,
  gapMs: number,
): Promise<number | undefined> {
  visitor.send({ say: `look at ${link}` });
  const said = await visitor.hears(link);
  const id = Number(/"id":(\d+)/.exec(said)?.[1]);
  await wait(gapMs);
  visitor.send({ unsay: id });
  return await visitor.closedWith(10 * gapMs + 500);
}

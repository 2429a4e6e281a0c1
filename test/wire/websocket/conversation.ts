import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Socket, connect as tcpConnect } from 'node:net';
import type { PerMessageDeflateOptions } from 'ws';
import { WebSocket, WebSocketServer } from 'ws';
import type { HeaderField } from '../../../tape/exchange.ts';
import { parseRequestHead, parseResponseHead } from '../../../wire/http1/head.ts';

/** One thing that a side sends. */
export type Move =
  | { readonly send: string | Buffer; readonly fin?: boolean; readonly compress?: boolean }
  | { readonly ping: string }
  | { readonly close: number; readonly reason: string };

/** What a library's receiver told of the other side. */
export interface Received {
  readonly messages: (string | Buffer)[];
  readonly pings: string[];
  close?: { readonly code: number; readonly reason: string };
}

/** A conversation between the two ends of the `ws` package: the bytes that passed, and what each end received. */
export interface Conversation {
  readonly request: readonly HeaderField[];
  readonly response: readonly HeaderField[];
  /** All bytes as they passed. */
  readonly raw: { readonly client: Buffer; readonly service: Buffer };
  /** Behind the heads. */
  readonly sent: { readonly client: Buffer; readonly service: Buffer };
  /** What the service received of the client, and the client of the service. */
  readonly received: { readonly client: Received; readonly service: Received };
}

const listen = async (server: { address(): unknown }): Promise<number> => {
  await once(server as never, 'listening');
  return (server.address() as AddressInfo).port;
};

/**
 * Lets a client and a server of `ws` make their moves, then close, and records what the client sends and gets. `through`
 * may put something before the server, and tells its port.
 */
export async function converse(
  moves: { readonly client: readonly Move[]; readonly service: readonly Move[] },
  deflate: {
    readonly client: PerMessageDeflateOptions | boolean;
    readonly service: PerMessageDeflateOptions | boolean;
  },
  through: (port: number) => Promise<number> = async (port) => port,
): Promise<Conversation> {
  const passed: { client: Buffer[]; service: Buffer[] } = { client: [], service: [] };
  const received = { client: fresh(), service: fresh() };
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: deflate.service });
  const port = await through(await listen(server));
  const relay = createServer((near) => join(near, tcpConnect(port, '127.0.0.1'), passed)).listen(
    0,
    '127.0.0.1',
  );
  const relayPort = await listen(relay);
  const accepted = once(server, 'connection');
  const client = new WebSocket(`ws://127.0.0.1:${relayPort}/chat`, { perMessageDeflate: deflate.client });
  hear(client, received.service);
  const [service] = (await accepted) as [WebSocket];
  hear(service, received.client);
  if (client.readyState !== WebSocket.OPEN) await once(client, 'open');
  const closed = Promise.all([once(client, 'close'), once(service, 'close')]);
  await Promise.all([play(client, moves.client), play(service, moves.service)]);
  await answered(client);
  await answered(service);
  client.close(1000, 'done');
  await closed;
  relay.close();
  server.close();
  const raw = { client: Buffer.concat(passed.client), service: Buffer.concat(passed.service) };
  return { ...split(raw), raw, received };
}

function fresh(): Received {
  return { messages: [], pings: [] };
}

function join(near: Socket, far: Socket, passed: { client: Buffer[]; service: Buffer[] }): void {
  near.on('data', (bytes: Buffer) => passed.client.push(bytes));
  far.on('data', (bytes: Buffer) => passed.service.push(bytes));
  near.pipe(far).pipe(near);
  for (const socket of [near, far]) socket.on('error', () => {});
}

function hear(socket: WebSocket, into: Received): void {
  socket.on('message', (data, binary) => into.messages.push(binary ? (data as Buffer) : String(data)));
  socket.on('ping', (data) => into.pings.push(String(data)));
  socket.on('close', (code, reason) => {
    into.close ??= { code, reason: String(reason) };
  });
}

async function play(socket: WebSocket, moves: readonly Move[]): Promise<void> {
  for (const move of moves) {
    if ('ping' in move) socket.ping(move.ping);
    else if ('close' in move) socket.close(move.close, move.reason);
    else {
      const { fin = true, compress = true, send } = move;
      await new Promise<void>((resolve) =>
        socket.send(send, { fin, compress, binary: typeof send !== 'string' }, () => resolve()),
      );
    }
  }
}

/** A pong has come back: all that was sent before has arrived. */
async function answered(socket: WebSocket): Promise<void> {
  if (socket.readyState !== WebSocket.OPEN) return;
  const pong = once(socket, 'pong');
  socket.ping('over');
  await pong;
}

function split({ client, service }: Conversation['raw']): Omit<Conversation, 'received' | 'raw'> {
  const [asked, sentByClient] = behindHead(client);
  const [agreed, sentByService] = behindHead(service);
  return {
    request: parseRequestHead(asked)?.fields ?? [],
    response: parseResponseHead(agreed)?.fields ?? [],
    sent: { client: sentByClient, service: sentByService },
  };
}

function behindHead(bytes: Buffer): readonly [head: Buffer, rest: Buffer] {
  const end = bytes.indexOf('\r\n\r\n') + 4;
  return [bytes.subarray(0, end), bytes.subarray(end)];
}

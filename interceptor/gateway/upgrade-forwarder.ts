import type { ClientRequest, IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import httpProxy from 'http-proxy';
import { faultOf, wasReset } from './faults.ts';
import { badGateway, refuseUpgrade } from './refusal.ts';
import { type Came, endToEnd, grouped, pairsOf, upgradeFields } from './request-fields.ts';
import type { Upstream } from './upstreams.ts';

/** Hands requests for WebSockets to http-proxy, and mends what it does to them. */
export class UpgradeForwarder {
  readonly #proxy = httpProxy.createProxyServer({ toProxy: true });

  constructor() {
    this.#proxy.on('proxyReqWs', (out, request, socket) => prepare(out, request, socket));
  }

  forward(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    { target, options }: Upstream,
    came: Came,
  ): void {
    request.headers = upgradeFields(request.rawHeaders, came);
    this.#proxy.ws(request, socket, head, { target, ssl: { ...options } }, (error) => failed(socket, error));
  }
}

/** Before http-proxy listens itself. */
function prepare(out: ClientRequest, request: IncomingMessage, socket: Duplex): void {
  out.path = request.url ?? '/';
  const giveUp = (): void => void out.destroy();
  socket.once('close', giveUp);
  out.once('response', (answer) => declined(answer, socket));
  out.once('upgrade', (answer, service) => {
    // http-proxy writes these fields, and would join and respell them.
    answer.headers = grouped(pairsOf(answer.rawHeaders));
    socket.off('close', giveUp);
    tie(socket, service);
  });
}

/** The service answers with a response and stays with HTTP. http-proxy would write a chunked body without its chunks. */
function declined(answer: IncomingMessage, socket: Duplex): void {
  Reflect.set(answer, 'upgrade', true);
  const lines = endToEnd(answer.rawHeaders).map(([name, value]) => `${name}: ${value}\r\n`);
  const line = `HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\n`;
  socket.write(`${line}${lines.join('')}Connection: close\r\n\r\n`, 'latin1');
  answer.on('error', () => socket.destroy());
  answer.pipe(socket);
}

/** Whoever goes takes the other along, in the way that it went. */
function tie(client: Duplex, service: Duplex): void {
  client.on('error', (error) => end(service, error));
  client.once('close', () => service.destroy());
  service.prependListener('error', (error) => end(client, error));
  service.once('close', () => {
    if (!client.writableEnded) client.end();
  });
}

function end(socket: Duplex, error: Error): void {
  if (wasReset(error) && socket instanceof Socket) socket.resetAndDestroy();
  else socket.destroy();
}

/** No response came. Once one has, the connections are tied, and end each other. */
function failed(socket: Duplex, error: Error): void {
  if (socket.destroyed || !socket.writable || ('bytesWritten' in socket && socket.bytesWritten !== 0)) return;
  refuseUpgrade(socket, badGateway(faultOf(error)));
}

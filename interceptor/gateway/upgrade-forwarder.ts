import type { ClientRequest, IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import httpProxy from 'http-proxy';
import { faultOf, wasReset } from './faults.ts';
import { Fields } from './fields.ts';
import { write } from './forwarded.ts';
import type { Found } from './found.ts';
import { badGateway, refuseUpgrade } from './refusal.ts';
import { answerFields, pairsOf, upgradeFields, withoutVerdicts } from './request-fields.ts';

/** Hands requests for WebSockets to http-proxy, and mends what it does to them. */
export class UpgradeForwarder {
  readonly #proxy = httpProxy.createProxyServer({ toProxy: true });

  forward(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    { upstream: { target, options }, host, came }: Found,
  ): void {
    const { rawHeaders: raw, method = '' } = request;
    const fields = upgradeFields({ raw, method, host }, came);
    const mend = (out: ClientRequest): void => {
      write(out, request, fields);
      prepare(out, socket);
      // http-proxy would write a chunked body without its chunks, and joins fields. It listens when this is over.
      queueMicrotask(() => {
        out.removeAllListeners('response').once('response', (answer) => declined(answer, socket));
      });
    };
    this.#proxy.once('proxyReqWs', mend);
    try {
      this.#proxy.ws(request, socket, head, { target, ssl: options() }, (error) => failed(socket, error));
    } catch (error) {
      this.#proxy.off('proxyReqWs', mend);
      failed(socket, error instanceof Error ? error : new Error(String(error)));
    }
  }
}

/** Before http-proxy listens itself. */
function prepare(out: ClientRequest, socket: Duplex): void {
  const giveUp = (): void => void out.destroy();
  const look = (): void => undefined;
  // Who does not read does not see that the other has gone.
  socket.on('readable', look).once('end', giveUp).once('close', giveUp);
  out.once('upgrade', (answer, service) => {
    // http-proxy writes these fields, and would join and respell them.
    answer.headers = Object.fromEntries(new Fields(withoutVerdicts(pairsOf(answer.rawHeaders))));
    socket.off('readable', look).off('end', giveUp).off('close', giveUp);
    tie(socket, service);
  });
}

/** The service answers with a response and stays with HTTP. */
function declined(answer: IncomingMessage, socket: Duplex): void {
  const lines = answerFields(answer.rawHeaders).map(([name, value]) => `${name}: ${value}\r\n`);
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

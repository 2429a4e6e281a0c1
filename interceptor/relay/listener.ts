import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { DvrError } from '../../errors/index.ts';
import type { Sender } from '../../ledger/segment.ts';
import { type ConnectionOptions, type Relayed, RelayedConnection } from './connection.ts';
import { keepAlive, plainEnds, readEnds } from './ends.ts';
import type { Opened, Opener } from './opener.ts';
import { type ConnectionTap, readBytes, type Tap } from './tap.ts';
import type { Target } from './target.ts';

export interface RelayOptions {
  /** No host: every address of the machine. Port 0 lets the system choose. */
  readonly listen: { readonly host: string | undefined; readonly port: number };
  /** Where every connection goes at once and in the clear; or what finds out first where, and how. */
  readonly to: Target | Opener;
  readonly tap: Tap;
  /** Connections relayed at once. As many again wait, unread, for one of these to end; what comes then is reset. */
  readonly connectionLimit: number;
  readonly onTapFault?: (fault: unknown) => void;
}

/** What a relay counts. Bytes are those of payload, both ways. */
export interface RelayCounters {
  readonly accepted: number;
  readonly open: number;
  readonly waiting: number;
  /** Reset at the limit, or not to be accepted at all (the system has no file descriptors left). */
  readonly refused: number;
  readonly clientBytes: number;
  readonly serviceBytes: number;
  readonly tapFaults: number;
}

const drainPollMs = 20;
const cutOffPollMs = 1;
const cutOffMs = 1_000;

/** Listens, and relays every connection to the target. */
export class Relay {
  #options: RelayOptions;
  #server: net.Server;
  #source = Buffer.allocUnsafeSlow(readBytes);
  #connections = new Set<Relayed>();
  #waiting: net.Socket[] = [];
  #accepted = 0;
  #refused = 0;
  #tapFaults = 0;
  #bytes: Record<Sender, number> = { client: 0, service: 0 };

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#server = net.createServer(
      { pauseOnConnect: true, allowHalfOpen: true, noDelay: true, ...keepAlive },
      (socket) => this.#accept(socket),
    );
  }

  /** Begins to listen and returns the port. Throws `listen-failed`. */
  async start(): Promise<number> {
    const { host, port } = this.#options.listen;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (cause) => reject(listenFailed(host, port, cause)));
      this.#server.listen({ ...(host === undefined ? {} : { host }), port, backlog: 1024 }, resolve);
    });
    this.#server.on('error', () => {
      this.#refused++;
    });
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  }

  get counters(): RelayCounters {
    return {
      accepted: this.#accepted,
      open: this.#connections.size,
      waiting: this.#waiting.length,
      refused: this.#refused,
      clientBytes: this.#bytes.client,
      serviceBytes: this.#bytes.service,
      tapFaults: this.#tapFaults,
    };
  }

  /**
   * Stops accepting, ends every connection when its exchange is over, and those that are still busy after
   * `deadlineMs`. Returns how many were cut off.
   */
  async drain(deadlineMs: number): Promise<number> {
    this.#server.close();
    for (const socket of this.#waiting.splice(0)) socket.resetAndDestroy();
    const deadline = performance.now() + deadlineMs;
    while (this.#connections.size > 0 && performance.now() < deadline) {
      for (const connection of this.#connections) if (connection.idle) connection.finish();
      await sleep(drainPollMs);
    }
    const busy = this.#connections.size;
    for (const connection of this.#connections) connection.cutOff();
    // Sockets tell that they are closed a moment later, and only then is it recorded.
    const closedBy = performance.now() + cutOffMs;
    while (this.#connections.size > 0 && performance.now() < closedBy) await sleep(cutOffPollMs);
    return busy;
  }

  #accept(socket: net.Socket): void {
    this.#accepted++;
    const limit = this.#options.connectionLimit;
    if (this.#connections.size < limit) this.#begin(socket);
    else if (this.#waiting.length < limit) this.#waiting.push(socket);
    else {
      this.#refused++;
      socket.resetAndDestroy();
    }
  }

  #begin(socket: net.Socket): void {
    const { to } = this.#options;
    if ('open' in to) this.#open(socket, to);
    else {
      const source = this.#source;
      this.#relay(nameOf(socket), { encrypted: false }, (pass) => plainEnds(socket, to, source, pass));
    }
  }

  /** The place among the connections is taken from now on. */
  #open(socket: net.Socket, opener: Opener): void {
    const client = nameOf(socket);
    const opening: Relayed = {
      idle: true,
      finish: () => socket.destroy(),
      cutOff: () => socket.resetAndDestroy(),
    };
    this.#connections.add(opening);
    const settle = (then: () => void): void => {
      this.#connections.delete(opening);
      then();
    };
    opener.open(socket).then(
      (opened) =>
        settle(() => {
          if (opened === undefined || opened.client.destroyed) {
            opened?.service.destroy();
            this.#next();
          } else this.#relay(client, opened, (pass) => readEnds(opened, pass));
        }),
      (fault) =>
        settle(() => {
          socket.destroy();
          this.#fault(fault);
          this.#next();
        }),
    );
  }

  #relay(
    client: string,
    { name, encrypted }: Pick<Opened, 'name' | 'encrypted'>,
    ends: ConnectionOptions['ends'],
  ): void {
    this.#connections.add(
      new RelayedConnection({
        ends,
        encrypted,
        tap: this.#openTap(client, name),
        onTapFault: (fault, broken) => this.#replaceTap(fault, broken),
        onBytes: (sender, length) => {
          this.#bytes[sender] += length;
        },
        onClosed: (connection) => {
          this.#connections.delete(connection);
          this.#next();
        },
      }),
    );
  }

  #openTap(client: string, service: string | undefined): ConnectionTap {
    try {
      return this.#options.tap.open(client, service);
    } catch (fault) {
      return this.#replaceTap(fault, undefined);
    }
  }

  #replaceTap(fault: unknown, broken: ConnectionTap | undefined): ConnectionTap {
    this.#fault(fault);
    return this.#options.tap.blind(broken);
  }

  #fault(fault: unknown): void {
    this.#tapFaults++;
    this.#options.onTapFault?.(fault);
  }

  #next(): void {
    const next = this.#waiting.shift();
    if (next !== undefined) this.#begin(next);
  }
}

/** `ip:port` */
function nameOf(socket: net.Socket): string {
  const address = (socket.remoteAddress ?? '').replace('::ffff:', '');
  return `${address.includes(':') ? `[${address}]` : address}:${socket.remotePort ?? 0}`;
}

function listenFailed(host: string | undefined, port: number, cause: Error): DvrError {
  const address = host === undefined ? `port ${port}` : `${host}:${port}`;
  const inUse = Reflect.get(cause, 'code') === 'EADDRINUSE';
  return new DvrError('listen-failed', `cannot listen on ${address}: ${cause.message}`, {
    cause,
    hint: inUse
      ? 'Stop what listens there, or choose another port with --listen.'
      : 'Choose another --listen.',
  });
}

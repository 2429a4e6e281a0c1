import net from 'node:net';
import type { Ending, Sender } from '../../ledger/segment.ts';
import { adopt } from './adopt.ts';
import type { Slab } from './slab.ts';
import type { ConnectionTap } from './tap.ts';

/** Where the service listens. */
export interface Target {
  readonly host: string;
  readonly port: number;
}

export interface ConnectionOptions {
  readonly target: Target;
  /** The one buffer that every socket reads into. */
  readonly source: Buffer;
  readonly tap: ConnectionTap;
  /** The tap threw: gives one that cannot, and counts. */
  readonly onTapFault: (fault: unknown, broken: ConnectionTap) => ConnectionTap;
  readonly onBytes: (sender: Sender, length: number) => void;
  readonly onClosed: (connection: RelayedConnection) => void;
}

/** How long the request of a client is awaited whose service has refused. */
const refusedRequestMs = 100;
/** A peer that vanished without a word is found out by the kernel, and its connection given back. */
export const keepAlive = { keepAlive: true, keepAliveInitialDelay: 60_000 } as const;

const nothing = Buffer.alloc(0);
/** A service that answers no SYN for so long is unreachable. */
const connectDeadlineMs = 30_000;
/** How long bytes that a side sent before it aborted may take to reach the other. */
const lastBytesDeadlineMs = 2_000;

/**
 * A client's connection and the one made for it to the service. Bytes go on first; the tap looks afterwards. At most
 * one read of each direction waits in memory: while a socket has not taken it, the other is not read.
 */
export class RelayedConnection {
  #client: net.Socket;
  #service: net.Socket;
  #tap: ConnectionTap;
  #options: ConnectionOptions;
  #connectTimer: NodeJS.Timeout;
  #connected = false;
  #finishing = false;
  /** Something of the client's was seen. */
  #read = false;
  /** The service never accepted: ends the client's side. */
  #refuse: (() => void) | undefined;
  #refuseTimer: NodeJS.Timeout | undefined;
  #open = 2;

  constructor(accepted: net.Socket, options: ConnectionOptions) {
    this.#options = options;
    this.#tap = options.tap;
    this.#client = adopt(accepted, options.source, (length, source) =>
      this.#pass('client', this.#client, this.#service, length, source),
    );
    this.#service = net.connect({
      host: options.target.host,
      port: options.target.port,
      ...(options.target.host === 'localhost' ? { lookup: lookUpLoopback } : {}),
      noDelay: true,
      allowHalfOpen: true,
      ...keepAlive,
      onread: {
        buffer: options.source,
        callback: (length) => this.#pass('service', this.#service, this.#client, length, options.source),
      },
    });
    this.#connectTimer = setTimeout(() => this.#service.destroy(timedOut()), connectDeadlineMs);
    this.#service.once('connect', () => {
      this.#connected = true;
      clearTimeout(this.#connectTimer);
    });
    this.#watch('client', this.#client, this.#service);
    this.#watch('service', this.#service, this.#client);
    this.#client.resume();
  }

  /** Whether ending it now cuts no exchange off. */
  get idle(): boolean {
    return this.#guard(() => this.#tap.idle()) ?? false;
  }

  /** Ends both sides in good order. */
  finish(): void {
    if (this.#finishing) return;
    this.#finishing = true;
    this.#tell('service', 'local');
    this.#client.end();
    if (this.#connected) this.#service.end();
    else this.#service.destroy();
  }

  /** Ends both sides at once. */
  cutOff(): void {
    this.#tell('service', 'local');
    reset(this.#client);
    reset(this.#service);
  }

  #pass(sender: Sender, from: net.Socket, to: net.Socket, length: number, source: Buffer): boolean {
    const slab = this.#reserve(sender, length);
    const { at, bytes } = slab;
    source.copy(bytes, at, 0, length);
    const own = slab.crowded;
    if (!to.destroyed)
      to.write(own ? Buffer.from(bytes.subarray(at, at + length)) : bytes.subarray(at, at + length));
    const taken = to.writableLength === 0;
    if (!taken) waitUntilTaken(own ? undefined : slab, from, to);
    this.#options.onBytes(sender, length);
    try {
      this.#tap.segment(sender, slab, source, length);
    } catch (fault) {
      this.#tap = this.#options.onTapFault(fault, this.#tap);
    }
    this.#read ||= sender === 'client';
    this.#refuse?.();
    return taken;
  }

  #reserve(sender: Sender, length: number): Slab {
    try {
      return this.#tap.reserve(sender, length);
    } catch (fault) {
      this.#tap = this.#options.onTapFault(fault, this.#tap);
      return this.#tap.reserve(sender, length);
    }
  }

  #watch(sender: Sender, from: net.Socket, to: net.Socket): void {
    from.on('end', () => {
      this.#tell(sender, 'fin');
      to.end();
    });
    from.on('error', (error) => {
      const how = this.#endingOf(sender, error);
      if (how !== 'reset') this.#refuseClient(how);
      else {
        this.#tell(sender, how);
        abort(to);
      }
    });
    from.on('close', () => {
      if (--this.#open > 0) return;
      clearTimeout(this.#connectTimer);
      clearTimeout(this.#refuseTimer);
      this.#guard(() => this.#tap.close());
      this.#options.onClosed(this);
    });
  }

  /** A client that was accepted can only be reset. Its request is waited for, so that the tape shows what failed. */
  #refuseClient(how: Ending): void {
    this.#refuse = () => {
      this.#refuse = undefined;
      clearTimeout(this.#refuseTimer);
      this.#tell('service', how);
      reset(this.#client);
    };
    if (this.#read) this.#refuse();
    else this.#refuseTimer = setTimeout(this.#refuse, refusedRequestMs);
  }

  #endingOf(sender: Sender, error: Error): Ending {
    if (sender === 'client' || this.#connected) return 'reset';
    return Reflect.get(error, 'code') === 'ECONNREFUSED' ? 'refused' : 'unreachable';
  }

  #tell(sender: Sender, how: Ending): void {
    this.#guard(() => this.#tap.end(sender, how));
  }

  #guard<T>(look: () => T): T | undefined {
    try {
      return look();
    } catch (fault) {
      this.#tap = this.#options.onTapFault(fault, this.#tap);
      return undefined;
    }
  }
}

/**
 * The kernel took only a part. An empty write behind it calls back when it has gone; a callback on every write would
 * cost a tick each, though nearly all are taken at once.
 */
function waitUntilTaken(slab: Slab | undefined, from: net.Socket, to: net.Socket): void {
  slab?.hold();
  to.write(nothing, () => {
    slab?.unhold();
    if (!from.destroyed && !to.destroyed) from.resume();
  });
}

/** Passes an abort on: after what the other side sent before it, as far as that is taken in time. */
function abort(to: net.Socket): void {
  if (to.destroyed) return;
  if (to.connecting || to.writableLength === 0 || to.writableEnded) {
    reset(to);
    return;
  }
  const timer = setTimeout(() => reset(to), lastBytesDeadlineMs);
  to.write(nothing, () => {
    clearTimeout(timer);
    reset(to);
  });
}

/**
 * 2026-11-21, Node 24.21: `resetAndDestroy` fails while a shutdown is under way (libuv: EINVAL) and waits for a
 * connect to succeed first; there a plain destroy is all that can be had.
 */
function reset(socket: net.Socket): void {
  if (socket.destroyed) return;
  if (socket.connecting || (socket.writableEnded && !socket.writableFinished)) socket.destroy();
  else socket.resetAndDestroy();
}

/** `localhost` is the machine itself (RFC 6761 section 6.3): no resolver is asked, at every connection, where that is. */
const lookUpLoopback: net.LookupFunction = (_name, options, give) => {
  if (options.all === true) give(null, loopback);
  else give(null, '127.0.0.1', 4);
};
const loopback = [
  { address: '127.0.0.1', family: 4 },
  { address: '::1', family: 6 },
];

function timedOut(): Error {
  return Object.assign(new Error('the service did not accept in time'), { code: 'ETIMEDOUT' });
}

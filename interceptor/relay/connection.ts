import type net from 'node:net';
import type { Ending, Sender } from '../../ledger/segment.ts';
import { type Ends, type Pass, passAll } from './ends.ts';
import { reset } from './reset.ts';
import type { Slab } from './slab.ts';
import type { ConnectionTap } from './tap.ts';

export interface ConnectionOptions {
  /** Gives both sockets, and hands `pass` all that they read. */
  readonly ends: (pass: Pass) => Ends;
  /** Either side is encrypted: a socket that encrypts takes nothing at once. */
  readonly encrypted: boolean;
  readonly tap: ConnectionTap;
  /** The tap threw: gives one that cannot, and counts. */
  readonly onTapFault: (fault: unknown, broken: ConnectionTap) => ConnectionTap;
  readonly onBytes: (sender: Sender, length: number) => void;
  readonly onClosed: (connection: RelayedConnection) => void;
}

/** How long the request of a client is awaited whose service has refused. */
const refusedRequestMs = 100;
/** So many bytes may wait for a socket that encrypts before the other is not read. */
const aheadBytes = 65_536;
const nothing = Buffer.alloc(0);
/** A service that answers no SYN for so long is unreachable. */
const connectDeadlineMs = 30_000;
/** How long bytes that a side sent before it aborted may take to reach the other. */
const lastBytesDeadlineMs = 2_000;

/** Something that holds a place among a relay's connections. */
export interface Relayed {
  /** Whether ending it now cuts no exchange off. */
  readonly idle: boolean;
  /** Ends both sides in good order. */
  finish(): void;
  /** Ends both sides at once. */
  cutOff(): void;
}

/**
 * A client's connection and the one made for it to the service. Bytes go on first; the tap looks afterwards. At most
 * one read of each direction waits in memory: while a socket has not taken it, the other is not read.
 */
export class RelayedConnection implements Relayed {
  #client: net.Socket;
  #service: net.Socket;
  #tap: ConnectionTap;
  #options: ConnectionOptions;
  #connectTimer: NodeJS.Timeout | undefined;
  #connected = false;
  #finishing = false;
  /** Something of the client's was seen. */
  #read = false;
  /** The service never accepted: ends the client's side. */
  #refuse: (() => void) | undefined;
  #refuseTimer: NodeJS.Timeout | undefined;
  #open = 2;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#tap = options.tap;
    const ends = options.ends((sender, length, source) => this.#pass(sender, length, source));
    this.#client = ends.client;
    this.#service = ends.service;
    this.#connected = !this.#service.pending;
    if (!this.#connected) this.#awaitService();
    const goOn = passAll((...read) => this.#pass(...read), 'client', ends.head ?? nothing);
    this.#watch('client', this.#client, this.#service);
    this.#watch('service', this.#service, this.#client);
    if (goOn) this.#client.resume();
    if (ends.failed !== undefined) this.#service.destroy(ends.failed);
  }

  get idle(): boolean {
    return this.#guard(() => this.#tap.idle()) ?? false;
  }

  finish(): void {
    if (this.#finishing) return;
    this.#finishing = true;
    this.#tell('service', 'local');
    this.#client.end();
    if (this.#connected) this.#service.end();
    else this.#service.destroy();
  }

  cutOff(): void {
    this.#tell('service', 'local');
    reset(this.#client);
    reset(this.#service);
  }

  #awaitService(): void {
    this.#connectTimer = setTimeout(() => this.#service.destroy(timedOut()), connectDeadlineMs);
    this.#service.once('connect', () => {
      this.#connected = true;
      clearTimeout(this.#connectTimer);
    });
  }

  #pass(sender: Sender, length: number, source: Buffer): boolean {
    const from = sender === 'client' ? this.#client : this.#service;
    const to = sender === 'client' ? this.#service : this.#client;
    const slab = this.#reserve(sender, length);
    const { at, bytes } = slab;
    source.copy(bytes, at, 0, length);
    const own = slab.crowded;
    const view = bytes.subarray(at, at + length);
    const written = own ? Buffer.from(view) : view;
    const goOn = this.#send(written, own ? undefined : slab, from, to);
    this.#options.onBytes(sender, length);
    try {
      this.#tap.segment(sender, slab, source, length);
    } catch (fault) {
      this.#tap = this.#options.onTapFault(fault, this.#tap);
    }
    this.#read ||= sender === 'client';
    this.#refuse?.();
    return goOn;
  }

  #send(bytes: Buffer, slab: Slab | undefined, from: net.Socket, to: net.Socket): boolean {
    if (to.destroyed) return true;
    if (this.#options.encrypted) return sendAhead(bytes, slab, from, to) < aheadBytes;
    to.write(bytes);
    const taken = to.writableLength === 0;
    if (!taken) waitUntilTaken(slab, from, to);
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
    const done = (): void => {
      this.#tell(sender, 'fin');
      to.end();
    };
    if (from.readableEnded) done();
    else from.on('end', done);
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

/**
 * Writes to a socket that takes nothing at once; how many bytes it has yet to take.
 *
 * 2026-11-21, Node 24.21: an empty write behind it does not serve where the socket encrypts. It meets the error that a
 * reset leaves, is told to have succeeded, and what is read next is an orderly end. tls-relay.test.ts
 */
function sendAhead(bytes: Buffer, slab: Slab | undefined, from: net.Socket, to: net.Socket): number {
  slab?.hold();
  to.write(bytes, () => {
    slab?.unhold();
    if (!from.destroyed && !to.destroyed) from.resume();
  });
  return to.writableLength;
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

function timedOut(): Error {
  return Object.assign(new Error('the service did not accept in time'), { code: 'ETIMEDOUT' });
}

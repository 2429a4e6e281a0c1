import type { Socket } from 'node:net';
import type { TargetAddress } from '../../../../program/address.ts';
import type { ResponseHead } from '../../../../tape/exchange.ts';
import type { ClientConnection } from '../connections.ts';
import { type ConnectionFailure, failureOf } from '../failures.ts';
import { openSocket, type TargetTls } from '../target-socket.ts';
import { type Awaiting, type ReadResponse, ResponseReader } from './response-reader.ts';

/** Who waits for one response; exactly one of `onEnd` and `onFailure` is called, once. */
export interface ResponseListener extends Awaiting {
  onFailure(failure: ConnectionFailure, head: ResponseHead | undefined): void;
}

interface Open {
  readonly listener: ResponseListener;
  head: ResponseHead | undefined;
}

/** One HTTP/1.1 connection to a target. */
export class TargetConnection implements ClientConnection {
  readonly #socket: Socket;
  readonly #reader = new ResponseReader();
  readonly #open: Open[] = [];
  readonly #connected: Promise<void>;
  #ended: ConnectionFailure | undefined;
  /** Whether requests can be written at once. */
  isConnected = false;

  constructor(target: TargetAddress, tls: TargetTls) {
    const { socket, connected } = openSocket(target, tls, 'http/1.1');
    this.#socket = socket;
    this.#connected = connected.then(() => {
      this.isConnected = true;
    });
    // Whoever needs the connection waits for it; a refusal that no one waits for is told at the next use.
    this.#connected.catch(() => {});
    this.#socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    this.#socket.on('end', () => this.#onEnd());
    this.#socket.on('error', (error: NodeJS.ErrnoException) =>
      this.#fail(this.isConnected ? failureOf(error) : 'refused'),
    );
    this.#socket.on('close', () => this.#fail('closed'));
  }

  /** Resolves when connected; rejects with the system's error. */
  get connected(): Promise<void> {
    return this.#connected;
  }

  /** Whether another request can be sent: neither side has ended it. */
  get usable(): boolean {
    return this.#ended === undefined && this.#reader.broken === undefined && !this.#socket.writableEnded;
  }

  /** Responses that are awaited. */
  get open(): number {
    return this.#open.length;
  }

  /** Tells that a request is being sent, before its first byte. */
  expect(method: string, listener: ResponseListener): void {
    const open: Open = { listener, head: undefined };
    this.#open.push(open);
    this.#reader.expect(method, {
      onInterim: (head) => listener.onInterim(head),
      onHead: (head) => {
        open.head = head;
        listener.onHead(head);
      },
      onBody: (bytes) => listener.onBody?.(bytes),
      onEnd: (response) => this.#deliver(response),
    });
    if (this.#ended !== undefined) this.#fail(this.#ended);
  }

  /** Hands bytes to the kernel; `onWritten` is called when it has all of them. */
  write(bytes: Uint8Array, onWritten?: () => void): void {
    if (this.#ended === undefined) this.#socket.write(bytes, () => onWritten?.());
    else onWritten?.();
  }

  /** Ends our side: what is awaited still comes. */
  end(): void {
    this.#socket.end();
  }

  /** Ends the connection at once; what is awaited fails with `failure`. */
  drop(failure: ConnectionFailure): void {
    this.#fail(failure);
    this.#socket.destroy();
  }

  /** Ends the connection at once, as a client that has enough of a response; what came of it is given. */
  leave(): ReadResponse | undefined {
    const { begun } = this.#reader;
    this.#open.shift();
    this.drop('dropped');
    return begun;
  }

  #onData(chunk: Buffer): void {
    this.#reader.push(chunk);
    if (this.#reader.broken === undefined) return;
    if (this.#reader.broken === 'upgrade') this.#fail('closed');
    else this.#fail('malformed');
    this.#socket.destroy();
  }

  #onEnd(): void {
    this.#reader.finish();
    this.#fail('closed');
  }

  #deliver(response: ReadResponse): void {
    this.#open.shift()?.listener.onEnd(response);
  }

  #fail(failure: ConnectionFailure): void {
    this.#ended ??= failure;
    for (const { listener, head } of this.#open.splice(0)) listener.onFailure(this.#ended, head);
  }
}

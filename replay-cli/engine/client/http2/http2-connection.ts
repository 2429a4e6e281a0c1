import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import type { Socket } from 'node:net';
import type { TargetAddress } from '../../../../program/address.ts';
import type { ClientConnection } from '../connections.ts';
import { type ConnectionFailure, failureOf } from '../failures.ts';
import { openSocket, type TargetTls } from '../target-socket.ts';
import type { RawHead } from './raw-head.ts';

/** How much a service may send ahead of what we have read, bytes. */
const connectionWindow = 16 * 1024 * 1024;
const streamWindow = 4 * 1024 * 1024;
/** A head may be as large as a service makes it, within reason. */
const headerPairs = 2_000;
const headerBytes = 1024 * 1024;

const sessionOptions = {
  // A recorded head may have what RFC 9110 calls a single value more than once.
  strictSingleValueFields: false,
  maxHeaderListPairs: headerPairs,
  settings: { enablePush: false, initialWindowSize: streamWindow, maxHeaderListSize: headerBytes },
};

/** One HTTP/2 connection to a target, and the streams on it. */
export class Http2Connection implements ClientConnection {
  readonly #socket: Socket;
  readonly #session: ClientHttp2Session;
  readonly #connected: Promise<void>;
  #open = 0;
  /** Why nothing more comes over it. */
  #failure: ConnectionFailure | undefined;
  /** Whether streams can be opened at once. */
  isConnected = false;

  constructor(target: TargetAddress, tls: TargetTls) {
    const { socket, connected } = openSocket(target, tls, 'h2');
    this.#socket = socket;
    // Before the session listens, which ends its streams as if they had been cancelled.
    socket.on('error', (error: NodeJS.ErrnoException) =>
      this.#fail(this.isConnected ? failureOf(error) : 'refused'),
    );
    socket.on('close', () => this.#fail(this.isConnected ? 'closed' : 'refused'));
    this.#session = connect(target.url, { ...sessionOptions, createConnection: () => socket });
    this.#session.on('error', (error: NodeJS.ErrnoException) =>
      this.#fail(sessionFailure(error) ?? 'closed'),
    );
    this.#connected = connected.then(() => {
      this.isConnected = true;
      this.#session.setLocalWindowSize(connectionWindow);
    });
    // Whoever needs the connection waits for it; a refusal that no one waits for is told at the next use.
    this.#connected.catch(() => this.#session.destroy());
  }

  /** Resolves when connected; rejects with the system's error. */
  get connected(): Promise<void> {
    return this.#connected;
  }

  get usable(): boolean {
    return this.#failure === undefined && !this.#session.closed && !this.#session.destroyed;
  }

  get open(): number {
    return this.#open;
  }

  /** Whether the service takes another stream at once: beyond its limit one would wait for others to end. */
  get hasRoom(): boolean {
    return this.#open < (this.#session.remoteSettings?.maxConcurrentStreams ?? Number.POSITIVE_INFINITY);
  }

  get failure(): ConnectionFailure | undefined {
    return this.#failure;
  }

  /** Opens a stream; it counts as open until `onClosed` of it was called. */
  request(
    head: RawHead,
    options: { readonly endStream: boolean; readonly waitForTrailers: boolean },
  ): ClientHttp2Stream {
    this.#open++;
    const stream = this.#session.request(head, options);
    stream.once('close', () => {
      this.#open--;
    });
    return stream;
  }

  end(): void {
    this.#session.close();
  }

  drop(failure: ConnectionFailure): void {
    this.#fail(failure);
    this.#session.destroy();
    this.#socket.destroy();
  }

  #fail(failure: ConnectionFailure): void {
    this.#failure ??= failure;
  }
}

/** What an error of a session says of its connection; undefined where it is one of a stream alone. */
export function sessionFailure(error: NodeJS.ErrnoException): ConnectionFailure | undefined {
  switch (error.code) {
    case 'ERR_HTTP2_STREAM_ERROR':
      return undefined;
    // What came is no valid HTTP/2.
    case 'ERR_HTTP2_ERROR':
      return 'malformed';
    default:
      return error.code?.startsWith('ERR_HTTP2') ? 'closed' : failureOf(error);
  }
}

import { createServer, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import type { TargetAddress } from '../../../../../program/address.ts';
import { listenOnLoopback } from '../../service-under-test.ts';

/** A request as an HTTP/2 server that no one here wrote saw it. Times are milliseconds since the first head. */
export interface SeenStream {
  readonly stream: ServerHttp2Stream;
  /** Names and values in turn, in the order of the wire. */
  readonly head: readonly string[];
  readonly connection: number;
  readonly at: number;
  readonly pieces: { readonly at: number; readonly text: string }[];
  trailers: readonly string[];
  endedAt: number | undefined;
  closed: { readonly at: number; readonly code: number } | undefined;
  /** Whether the client ended it by RST_STREAM or by going away. */
  aborted: boolean;
}

export interface Http2Service extends AsyncDisposable {
  readonly target: TargetAddress;
  readonly streams: SeenStream[];
  readonly connections: () => number;
  /** Connections that are open now. */
  readonly open: () => number;
}

/** An HTTP/2 service by prior knowledge; `answer` is called with each stream as its head comes. */
export async function serveHttp2(
  answer: (seen: SeenStream, path: string) => void,
  options: { readonly maxConcurrentStreams?: number } = {},
): Promise<Http2Service> {
  const server = createServer({ strictSingleValueFields: false, settings: options } as object);
  const streams: SeenStream[] = [];
  const sockets = new Set<Socket>();
  const numbers = new Map<unknown, number>();
  let opened = 0;
  let first: number | undefined;
  const now = () => performance.now() - (first ?? performance.now());
  server.on('connection', (socket: Socket) => {
    opened++;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('session', (session) => {
    numbers.set(session, numbers.size + 1);
    session.on('error', () => {});
  });
  server.on('sessionError', () => {});
  server.on('stream', (stream, headers, _flags, head: string[]) => {
    first ??= performance.now();
    const seen: SeenStream = {
      stream,
      head,
      connection: numbers.get(stream.session) ?? 0,
      at: now(),
      pieces: [],
      trailers: [],
      endedAt: undefined,
      closed: undefined,
      aborted: false,
    };
    streams.push(seen);
    stream.on('error', () => {});
    stream.on('data', (chunk) => seen.pieces.push({ at: now(), text: chunk.toString('latin1') }));
    stream.on('trailers', (_trailers: unknown, _trailerFlags: unknown, raw: string[]) => {
      seen.trailers = raw;
    });
    stream.on('end', () => {
      seen.endedAt = now();
    });
    stream.on('aborted', () => {
      seen.aborted = true;
    });
    stream.on('close', () => {
      seen.closed = { at: now(), code: stream.rstCode ?? 0 };
    });
    answer(seen, String(headers[':path']));
  });
  const target = await listenOnLoopback(server);
  return {
    target,
    streams,
    connections: () => opened,
    open: () => sockets.size,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

/** Answers once the request has ended. */
export function afterEnd(seen: SeenStream, answer: () => void): void {
  seen.stream.once('end', () => {
    if (!seen.stream.destroyed) answer();
  });
}

import net from 'node:net';

/** Called with bytes that lie at the start of `source` until it returns. `false` stops reading until `resume()`. */
export type OnRead = (length: number, source: Buffer) => boolean;

/**
 * Wraps an accepted socket again so that it reads with `onread` into `source`. Reading has not begun: `resume()`
 * begins it.
 *
 * 2026-11-21, Node 24.21: `net.createServer` has no `onread` for the sockets that it accepts. `new net.Socket` takes
 * a `handle` (undocumented, used by Node's own server) and honours `onread` beside it. The server must have been made
 * with `pauseOnConnect`, or the first socket has begun to read. The server counts its connections through the
 * socket's `_server`; it moves along, else `server.close()` never calls back. test/interceptor/relay/adopt.test.ts
 */
export function adopt(accepted: net.Socket, source: Buffer, onRead: OnRead): net.Socket {
  const options: net.SocketConstructorOpts & { handle: unknown; manualStart: boolean } = {
    handle: Reflect.get(accepted, '_handle'),
    manualStart: true,
    allowHalfOpen: true,
    onread: { buffer: source, callback: (length) => onRead(length, source) },
  };
  const socket = new net.Socket(options);
  Reflect.set(socket, '_server', Reflect.get(accepted, '_server'));
  Reflect.set(accepted, '_server', null);
  Reflect.set(accepted, '_handle', null);
  return socket;
}

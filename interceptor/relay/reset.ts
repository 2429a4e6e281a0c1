import type net from 'node:net';

/** The sockets that carry encrypted ones. */
const carriers = new WeakMap<net.Socket, net.Socket>();

/** Says that `socket`, which encrypts, is carried by `carrier`: what has to be done to the connection is done to that. */
export function carry(socket: net.Socket, carrier: net.Socket): void {
  carriers.set(socket, carrier);
}

/**
 * Resets the connection, so that its peer sees it cut off.
 *
 * 2026-11-21, Node 24.21: `resetAndDestroy` fails while a shutdown is under way (libuv: EINVAL) and waits for a
 * connect to succeed first; there a plain destroy is all that can be had. It throws for a socket that encrypts.
 */
export function reset(socket: net.Socket): void {
  if (socket.destroyed) return;
  if (socket.connecting || (socket.writableEnded && !socket.writableFinished)) socket.destroy();
  else (carriers.get(socket) ?? socket).resetAndDestroy();
}

import type net from 'node:net';
import { type FirstProtocol, protocolOf } from '../../wire/first-bytes.ts';

export interface Peeked<T> {
  readonly found: T;
  /** All that was read. */
  readonly bytes: Buffer;
}

/**
 * Reads the first bytes of a socket, behind `begun`, until `judge` makes something of them; `ended` says that none will follow. The
 * socket is paused again then. `undefined` where it closes before.
 */
export function peek<T>(
  socket: net.Socket,
  judge: (bytes: Buffer, ended: boolean) => T | 'more',
  begun: Buffer = Buffer.alloc(0),
): Promise<Peeked<T> | undefined> {
  return new Promise((resolve) => {
    let bytes = begun;
    const settle = (peeked: Peeked<T> | undefined): void => {
      socket.pause();
      socket.off('data', take).off('end', end).off('close', close);
      resolve(peeked);
    };
    const look = (ended: boolean): void => {
      const found = judge(bytes, ended);
      if (found !== 'more') settle({ found, bytes });
      else if (ended) settle(undefined);
    };
    const take = (piece: Buffer): void => {
      bytes = bytes.length === 0 ? piece : Buffer.concat([bytes, piece]);
      look(false);
    };
    const end = (): void => look(true);
    const close = (): void => settle(undefined);
    if (socket.destroyed) return resolve(undefined);
    if (bytes.length > 0 || socket.readableEnded) {
      const found = judge(bytes, socket.readableEnded);
      if (found !== 'more') return resolve({ found, bytes });
      if (socket.readableEnded) return resolve(undefined);
    }
    socket.on('data', take).on('end', end).on('close', close).resume();
  });
}

/** What a client speaks, for `peek`. */
export function firstProtocol(bytes: Buffer, ended: boolean): FirstProtocol | 'more' {
  return protocolOf(bytes, 0, bytes.length) ?? (ended ? 'http/1' : 'more');
}

import net from 'node:net';
import type { Sender } from '../../ledger/segment.ts';
import { adopt } from './adopt.ts';
import { readBytes } from './tap.ts';
import type { Target } from './target.ts';

/** Takes `length` bytes that lie at the start of `source` until it returns. `false`: read no more until `resume()`. */
export type Pass = (sender: Sender, length: number, source: Buffer) => boolean;

/** The two sockets of a connection. */
export interface Ends {
  readonly client: net.Socket;
  readonly service: net.Socket;
  /** What was read of the client's already. */
  readonly head?: Buffer;
  /** Why there is no connection to the service: `service` was never connected. */
  readonly failed?: Error;
}

/** A peer that vanished without a word is found out by the kernel, and its connection given back. */
export const keepAlive = { keepAlive: true, keepAliveInitialDelay: 60_000 } as const;

/** Both ends in the clear, read into one buffer that all connections share. The service is connected to at once. */
export function plainEnds(accepted: net.Socket, target: Target, source: Buffer, pass: Pass): Ends {
  const onread = (sender: Sender) => ({
    buffer: source,
    callback: (length: number) => pass(sender, length, source),
  });
  return {
    client: adopt(accepted, source, onread('client').callback),
    service: net.connect({ ...connectOptions(target), onread: onread('service') }),
  };
}

/** Ends that are open, or about to be: reads what they deliver as they deliver it. */
export function readEnds<E extends Ends>(ends: E, pass: Pass): E {
  read('client', ends.client, pass);
  read('service', ends.service, pass);
  return ends;
}

/** Hands over what was read in pieces of at most one read; whether to go on reading. */
export function passAll(pass: Pass, sender: Sender, bytes: Buffer): boolean {
  let goOn = true;
  for (let at = 0; at < bytes.length; at += readBytes) {
    const piece = bytes.subarray(at, at + readBytes);
    goOn = pass(sender, piece.length, piece);
  }
  return goOn;
}

export function connectOptions({ host, port }: Target): net.TcpNetConnectOpts {
  return {
    host,
    port,
    ...(host === 'localhost' ? { lookup: lookUpLoopback } : {}),
    noDelay: true,
    allowHalfOpen: true,
    ...keepAlive,
  };
}

function read(sender: Sender, socket: net.Socket, pass: Pass): void {
  socket.on('data', (bytes: Buffer) => {
    if (!passAll(pass, sender, bytes)) socket.pause();
  });
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

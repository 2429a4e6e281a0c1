import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { TargetAddress } from '../../../program/address.ts';

/** A socket on its way to a target. */
export interface OpeningSocket {
  readonly socket: Socket;
  /** Resolves when bytes can be written, behind the handshake of TLS; rejects with the system's error. */
  readonly connected: Promise<void>;
}

const connectDeadlineMs = 10_000;

/** Opens a socket to a target, over TLS where its URL says so, with `protocol` offered by ALPN (RFC 7301). */
export function openSocket(target: TargetAddress, protocol: 'http/1.1' | 'h2'): OpeningSocket {
  const { host, port } = target;
  const socket = target.tls
    ? connectTls({ host, port, ALPNProtocols: [protocol], ...(isIP(host) ? {} : { servername: host }) })
    : connect({ host, port, noDelay: true });
  socket.setNoDelay(true);
  socket.setTimeout(connectDeadlineMs, () => socket.destroy(new Error('connect timed out')));
  const connected = new Promise<void>((resolve, reject) => {
    socket.once(target.tls ? 'secureConnect' : 'connect', () => {
      socket.setTimeout(0);
      if (protocol === 'h2' && 'alpnProtocol' in socket && socket.alpnProtocol !== 'h2') {
        const refusal = new Error('the target does not offer HTTP/2 (ALPN)');
        socket.destroy(refusal);
        reject(refusal);
      } else resolve();
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the target closed the connection')));
  });
  return { socket, connected };
}

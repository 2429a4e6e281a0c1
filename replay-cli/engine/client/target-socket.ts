import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { TargetAddress } from '../../../program/address.ts';

/** What an https target is believed by. */
export interface TargetTls {
  /** Authorities in place of the system's, PEM. */
  readonly ca?: Buffer;
  /** The name in its certificate; its host, where there is none. */
  readonly serverName?: string;
}

/** A socket on its way to a target. */
export interface OpeningSocket {
  readonly socket: Socket;
  /** Resolves when bytes can be written, behind the handshake of TLS; rejects with the system's error. */
  readonly connected: Promise<void>;
}

type HttpProtocol = 'http/1.1' | 'h2';

const connectDeadlineMs = 10_000;

/** Opens a socket to a target, over TLS where its URL says so, with `protocol` offered by ALPN (RFC 7301). */
export function openSocket(target: TargetAddress, tls: TargetTls, protocol: HttpProtocol): OpeningSocket {
  const { host, port } = target;
  if (target.tls) return opening(openTls(target, tls, [protocol]), 'secureConnect', protocol);
  return opening(connect({ host, port, noDelay: true }), 'connect', protocol);
}

/** Shakes hands with an https target and leaves. Throws the system's error. */
export async function shakeHands(target: TargetAddress, tls: TargetTls): Promise<void> {
  const { socket, connected } = opening(openTls(target, tls, ['h2', 'http/1.1']), 'secureConnect', undefined);
  socket.on('error', () => {});
  try {
    await connected;
  } finally {
    socket.destroy();
  }
}

function openTls(
  { host, port }: TargetAddress,
  { ca, serverName }: TargetTls,
  protocols: HttpProtocol[],
): TLSSocket {
  const name = serverName ?? host;
  return connectTls({
    host,
    port,
    ALPNProtocols: protocols,
    ...(isIP(name) ? {} : { servername: name }),
    ...(ca === undefined ? {} : { ca }),
  }).setNoDelay(true);
}

function opening(
  socket: Socket | TLSSocket,
  ready: 'connect' | 'secureConnect',
  protocol: HttpProtocol | undefined,
): OpeningSocket {
  socket.setTimeout(connectDeadlineMs, () => socket.destroy(new Error('connect timed out')));
  const connected = new Promise<void>((resolve, reject) => {
    socket.once(ready, () => {
      socket.setTimeout(0);
      if (protocol === 'h2' && 'alpnProtocol' in socket && socket.alpnProtocol !== 'h2')
        socket.destroy(new Error('the target does not offer HTTP/2 (ALPN)'));
      else resolve();
    });
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('the target closed the connection')));
  });
  return { socket, connected };
}

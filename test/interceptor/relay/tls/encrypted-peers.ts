import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import { Peer, type Service } from '../../parts/sockets.ts';

/** A peer whose connection can be reset below the encryption. */
export class EncryptedPeer extends Peer {
  readonly tls: tls.TLSSocket;
  readonly #carrier: net.Socket;

  constructor(socket: tls.TLSSocket, carrier: net.Socket) {
    super(socket);
    this.tls = socket;
    this.#carrier = carrier;
  }

  reset(): void {
    this.#carrier.resetAndDestroy();
  }
}

export interface EncryptedService extends Service {
  accepted(): Promise<EncryptedPeer>;
  /** Handshakes that clients of this service failed. */
  readonly refused: Error[];
}

/** A service that speaks TLS, and hands out what connects to it. */
export async function encryptedService(options: tls.TlsOptions): Promise<EncryptedService> {
  const ready: EncryptedPeer[] = [];
  const asked: ((peer: EncryptedPeer) => void)[] = [];
  const carriers = new Map<number | undefined, net.Socket>();
  const refused: Error[] = [];
  const server = tls.createServer({ ...options, allowHalfOpen: true, noDelay: true });
  server.on('connection', (carrier: net.Socket) => carriers.set(carrier.remotePort, carrier));
  server.on('tlsClientError', (error) => refused.push(error));
  server.on('secureConnection', (socket) => {
    const peer = new EncryptedPeer(socket, carriers.get(socket.remotePort)!);
    const ask = asked.shift();
    if (ask) ask(peer);
    else ready.push(peer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as net.AddressInfo).port,
    refused,
    accepted: () => {
      const peer = ready.shift();
      return peer ? Promise.resolve(peer) : new Promise((resolve) => asked.push(resolve));
    },
    async [Symbol.asyncDispose]() {
      for (const carrier of carriers.values()) carrier.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A client that speaks TLS; it may fail its handshake, which its end tells. */
export function connectEncrypted(port: number, options: tls.ConnectionOptions): EncryptedPeer {
  const carrier = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true, noDelay: true });
  carrier.on('error', () => {});
  return new EncryptedPeer(tls.connect({ ...options, socket: carrier }), carrier);
}

import net from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { connectOptions } from '../ends.ts';
import { carry } from '../reset.ts';
import type { Target } from '../target.ts';
import { type CertificateFiles, loadAuthorities, loadCertificate, secureDefaults } from './certificate.ts';
import { type OnReload, Reloaded } from './reloaded.ts';

export interface ServiceTlsOptions {
  /** Authorities that vouch for the service, in place of those that Node trusts. */
  readonly ca?: string;
  /** The name that the service's certificate must have, and the SNI; by default the target's host. */
  readonly serverName?: string;
  /** Our own certificate, for a service that asks for one. */
  readonly certificate?: CertificateFiles;
  /** A handshake failed though the service accepted the connection. */
  readonly onFailure: (error: Error) => void;
  readonly onReload: OnReload;
}

/** A connection to a service, or why there is none. */
export interface ServiceEnd {
  readonly socket: net.Socket;
  /** What the service chose of the protocols that were offered. */
  readonly protocol: string | undefined;
  readonly failed?: Error;
}

/** A service that answers no SYN and no hello for so long is unreachable. */
const connectDeadlineMs = 30_000;

/** Connects to services by TLS, and to no one else than they are meant to be. */
export class ServiceTls implements Disposable {
  failures = 0;
  readonly #options: ServiceTlsOptions;
  readonly #files: Reloaded<ConnectionOptions>;

  /** Throws `certificate-invalid`. */
  constructor(options: ServiceTlsOptions) {
    this.#options = options;
    const { ca, certificate, onReload } = options;
    this.#files = new Reloaded(
      [ca, certificate?.cert, certificate?.key].filter((path) => path !== undefined),
      () => ({
        ...(ca === undefined ? {} : { ca: loadAuthorities(ca) }),
        ...(certificate === undefined ? {} : loadCertificate(certificate, undefined).pem),
      }),
      onReload,
    );
  }

  /** What a client of Node's needs to trust the service, and to be trusted by it. */
  get clientOptions(): ConnectionOptions {
    return { ...secureDefaults, ...this.#files.value };
  }

  get reloads(): Pick<Reloaded<ConnectionOptions>, 'reloads' | 'failures'> {
    return this.#files;
  }

  /** Connects and offers `protocols`. The socket is not read yet; it is given up when `client` closes. */
  connect(target: Target, protocols: readonly string[], client: net.Socket): Promise<ServiceEnd> {
    const carrier = net.connect(connectOptions(target));
    const { serverName = target.host } = this.#options;
    const socket = connect({
      ...this.clientOptions,
      socket: carrier,
      host: serverName,
      ...(net.isIP(serverName) === 0 ? { servername: serverName } : {}),
      ...(protocols.length === 0 ? {} : { ALPNProtocols: [...protocols] }),
    });
    carry(socket, carrier);
    return this.#secured(socket, carrier, client);
  }

  [Symbol.dispose](): void {
    this.#files[Symbol.dispose]();
  }

  #secured(socket: TLSSocket, carrier: net.Socket, client: net.Socket): Promise<ServiceEnd> {
    return new Promise((resolve) => {
      let accepted = false;
      const giveUp = (): void => {
        socket.destroy();
        carrier.destroy();
      };
      const timer = setTimeout(() => socket.destroy(timedOut()), connectDeadlineMs);
      const settle = (end: ServiceEnd): void => {
        clearTimeout(timer);
        client.off('close', giveUp);
        socket.off('close', close);
        resolve(end);
      };
      const fail = (error: Error): void => {
        if (accepted && !client.destroyed) this.#failed(error);
        settle(failedEnd(error));
      };
      const close = (): void => fail(new Error('the service closed the connection before it was secure'));
      carrier.once('connect', () => {
        accepted = true;
      });
      // It stays: until the relay listens, an error must not be one that nobody listens to.
      socket.on('error', fail).on('close', close);
      socket.once('secureConnect', () => settle({ socket, protocol: socket.alpnProtocol || undefined }));
      client.once('close', giveUp);
      if (client.destroyed) giveUp();
    });
  }

  #failed(error: Error): void {
    this.failures++;
    this.#options.onFailure(error);
  }
}

/** An end without a connection. */
export function failedEnd(error: Error): ServiceEnd {
  return { socket: new net.Socket(), protocol: undefined, failed: error };
}

function timedOut(): Error {
  return Object.assign(new Error('the service did not accept in time'), { code: 'ETIMEDOUT' });
}

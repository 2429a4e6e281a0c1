import { randomBytes } from 'node:crypto';
import type net from 'node:net';
import { createServer, type SecureContext, type Server, type TLSSocket } from 'node:tls';
import type { ClientHello } from '../../../wire/tls/client-hello.ts';
import { readClientHello } from '../../../wire/tls/client-hello.ts';
import { peek } from '../peek.ts';
import { carry } from '../reset.ts';
import {
  type Certificate,
  type CertificateFiles,
  loadAuthorities,
  loadCertificate,
  secureDefaults,
} from './certificate.ts';
import type { CertificateState, HandshakeFailure } from './counters.ts';
import { failureOf } from './handshake-failure.ts';
import { type OnReload, Reloaded } from './reloaded.ts';

export interface TerminatorOptions {
  /** The one whose names fit the client's SNI is shown, else the first. */
  readonly certificates: readonly CertificateFiles[];
  /** Clients' certificates are asked for where there are authorities to vouch for them. */
  readonly clients?: { readonly ca: string; readonly required: boolean };
  readonly onReload: OnReload;
}

interface Loaded {
  readonly certificates: readonly Certificate[];
  readonly ca: Buffer | undefined;
}

type Secured = (socket: TLSSocket | undefined) => void;

/** From connecting to the end of the handshake, milliseconds; the client's first message, and then the rest. */
const handshakeMs = 10_000;
/** Encrypted tickets with which clients come back without a whole handshake: keys for name, cipher and digest. */
const ticketKeyBytes = 48;
const anyProtocols = ',';

/** Ends the encryption of clients. What fails its handshake is counted and closed. */
export class Terminator implements Disposable {
  handshakes = 0;
  readonly failures: Record<HandshakeFailure, number> = {
    ...{ not_tls: 0, timeout: 0, closed: 0, client_certificate: 0, protocol: 0 },
  };
  readonly #options: TerminatorOptions;
  readonly #files: Reloaded<Loaded>;
  /** By the protocols that they offer: Node's are made for one list. All of one loading share their tickets' keys. */
  readonly #servers = new Map<string, Server>();
  readonly #securing = new Map<string, Secured>();
  #servedFrom: Loaded | undefined;
  #ticketKeys = randomBytes(ticketKeyBytes);

  /** Throws `certificate-invalid`. */
  constructor(options: TerminatorOptions) {
    this.#options = options;
    const { certificates, clients, onReload } = options;
    const paths = certificates.flatMap(({ cert, key }) => [cert, key]);
    this.#files = new Reloaded(
      clients === undefined ? paths : [...paths, clients.ca],
      () => {
        const ca = clients && loadAuthorities(clients.ca);
        return { ca, certificates: certificates.map((files) => loadCertificate(files, ca)) };
      },
      onReload,
    );
  }

  get reloads(): Pick<Reloaded<Loaded>, 'reloads' | 'failures'> {
    return this.#files;
  }

  get certificates(): readonly CertificateState[] {
    return this.#files.value.certificates.map(({ files, leaf }) => ({
      file: files.cert,
      expiresAt: Date.parse(leaf.validTo),
    }));
  }

  /** Reads what the client asks for. `undefined`: it went away or sent something else, was counted and is closed. */
  async hello(accepted: net.Socket): Promise<ClientHello | undefined> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      accepted.destroy();
    }, handshakeMs);
    const peeked = await peek(accepted, readClientHello);
    clearTimeout(timer);
    if (peeked === undefined) this.failures[late ? 'timeout' : 'closed']++;
    else {
      const { found, bytes } = peeked;
      if (typeof found === 'object') {
        accepted.unshift(bytes);
        return found;
      }
      this.failures[found === 'not_tls' ? 'not_tls' : 'protocol']++;
    }
    accepted.destroy();
    return undefined;
  }

  /**
   * Goes through with the handshake of a client whose hello was read; the first of `protocols` that it offers is chosen.
   * `undefined`: it failed, was counted and is closed.
   */
  secure(accepted: net.Socket, protocols: readonly string[]): Promise<TLSSocket | undefined> {
    return new Promise((resolve) => {
      const name = pathOf(accepted);
      const settle: Secured = (socket) => {
        this.#securing.delete(name);
        accepted.off('close', gone);
        if (socket !== undefined) {
          carry(socket, accepted);
          // Until the relay listens, an error must not be one that nobody listens to.
          socket.on('error', () => {});
        }
        resolve(socket);
      };
      const gone = (): void => settle(undefined);
      if (accepted.destroyed) return resolve(undefined);
      this.#securing.set(name, settle);
      accepted.on('close', gone);
      this.#serverFor(protocols).emit('connection', accepted);
    });
  }

  [Symbol.dispose](): void {
    this.#files[Symbol.dispose]();
  }

  #serverFor(protocols: readonly string[]): Server {
    const loaded = this.#files.value;
    if (this.#servedFrom !== loaded) {
      this.#servers.clear();
      this.#ticketKeys = randomBytes(ticketKeyBytes);
      this.#servedFrom = loaded;
    }
    const key = protocols.join(anyProtocols);
    const server = this.#servers.get(key) ?? this.#serve(loaded, protocols);
    this.#servers.set(key, server);
    return server;
  }

  /** It does not listen; connections are handed to it. */
  #serve({ certificates, ca }: Loaded, protocols: readonly string[]): Server {
    const [first] = certificates;
    if (first === undefined) throw new Error('a terminator without a certificate');
    const required = this.#options.clients?.required ?? false;
    return createServer({
      ...secureDefaults,
      ...first.pem,
      ...(ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: required }),
      ...(protocols.length === 0 ? {} : { ALPNProtocols: [...protocols] }),
      handshakeTimeout: handshakeMs,
      ticketKeys: this.#ticketKeys,
      SNICallback: (name, give) => give(null, contextFor(certificates, name)),
    })
      .on('secureConnection', (socket) => this.#secured(socket))
      .on('tlsClientError', (error, socket) => {
        this.failures[failureOf(error, socket)]++;
        socket.destroy();
      });
  }

  #secured(socket: TLSSocket): void {
    const settle = this.#securing.get(pathOf(socket));
    const unvouched = !socket.authorized && socket.getPeerX509Certificate() !== undefined;
    if (settle === undefined || (unvouched && this.#options.clients !== undefined)) {
      this.failures[settle === undefined ? 'closed' : 'client_certificate']++;
      socket.destroy();
      return;
    }
    this.handshakes++;
    settle(socket);
  }
}

function contextFor(certificates: readonly Certificate[], name: string): SecureContext | undefined {
  return (certificates.find(({ leaf }) => leaf.checkHost(name) !== undefined) ?? certificates[0])?.context;
}

/** Both addresses of a connection, by which Node's server tells which one it has secured: it gives another socket. */
function pathOf({ remoteAddress, remotePort, localAddress, localPort }: net.Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}

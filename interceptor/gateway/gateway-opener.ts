import net from 'node:net';
import { type ClientHello, readClientHello } from '../../wire/tls/client-hello.ts';
import { connectOptions } from '../relay/ends.ts';
import type { Opened, Opener } from '../relay/opener.ts';
import { firstProtocol, type Peeked, peek } from '../relay/peek.ts';
import type { Target } from '../relay/target.ts';
import type { ServiceTls } from '../relay/tls/service-tls.ts';
import type { Terminator } from '../relay/tls/terminator.ts';
import type { Clients } from './clients.ts';
import type { GatewayService, ServiceProtocol } from './config.ts';
import { FirstStreamReader, noSettings } from './first-stream.ts';
import { gatewayService } from './names.ts';
import type { Routes } from './routes.ts';

export interface GatewayEnds {
  readonly routes: Routes;
  readonly clients: Clients;
  /** Where requests of HTTP/1 are routed one by one. */
  readonly router: Target;
  /** Where connections of HTTP/2 go that belong to no service. */
  readonly refuser: Target;
  /** Absent: clients speak in the clear. */
  readonly terminator: Terminator | undefined;
  /** Of services with https targets. */
  readonly tls: ReadonlyMap<GatewayService, ServiceTls>;
  /** Clients are believed what they say of who came to them. */
  readonly trustForwarded: boolean;
}

/** A client whose encryption has ended, if it had any. */
interface Client {
  readonly socket: net.Socket;
  readonly from: string;
  readonly encrypted: boolean;
}

/**
 * Finds out where a connection goes by its first bytes. One of HTTP/1 goes to the router. One of HTTP/2 goes as a whole
 * to the service of its first request. One that is encrypted, where there is no certificate, passes untouched to the
 * service of its SNI, or of any name where it has none.
 */
export class GatewayOpener implements Opener {
  readonly #ends: GatewayEnds;

  constructor(ends: GatewayEnds) {
    this.#ends = ends;
  }

  async open(accepted: net.Socket): Promise<Opened | undefined> {
    accepted.on('error', () => {});
    const from = (accepted.remoteAddress ?? '').replace('::ffff:', '');
    const { terminator } = this.#ends;
    const socket = terminator === undefined ? accepted : await this.#terminate(accepted, terminator);
    if (socket === undefined) return undefined;
    const first = await peek(socket, firstProtocol);
    if (first === undefined) return undefined;
    const client = { socket, from, encrypted: terminator !== undefined };
    switch (first.found) {
      case 'http/1':
        return this.#toRouter(client, first.bytes);
      case 'http/2':
        return this.#byStream(client, first);
      case 'tls':
        return this.#bySni(client, first);
    }
  }

  async #terminate(accepted: net.Socket, terminator: Terminator): Promise<net.Socket | undefined> {
    const hello = await terminator.hello(accepted);
    return hello && terminator.secure(accepted, this.#protocolsFor(hello));
  }

  /** A host whose services differ speaks HTTP/1.1, by which each request finds its own, unless the client cannot. */
  #protocolsFor({ serverName, protocols }: ClientHello): readonly ServiceProtocol[] {
    const services = this.#ends.routes.servicesOf(serverName);
    const speaks = (protocol: ServiceProtocol): boolean[] =>
      services.map((service) => service.protocols.includes(protocol));
    if (speaks('h2').every(Boolean) && services.length > 0) {
      return speaks('http/1.1').some(Boolean) ? ['h2', 'http/1.1'] : ['h2'];
    }
    const onlyH2 = !protocols.includes('http/1.1') && speaks('h2').some(Boolean);
    return onlyH2 ? ['h2'] : ['http/1.1'];
  }

  #toRouter({ socket, from, encrypted }: Client, head: Buffer): Opened {
    const service = net.connect(connectOptions(this.#ends.router));
    this.#ends.clients.enter(service, { from, encrypted, trusted: this.#ends.trustForwarded });
    return { encrypted, client: socket, service, head };
  }

  async #byStream({ socket, encrypted }: Client, first: Peeked<unknown>): Promise<Opened | undefined> {
    const reader = new FirstStreamReader(() => void socket.write(noSettings));
    const peeked = await peek(socket, (bytes, ended) => reader.judge(bytes, ended), first.bytes);
    if (peeked === undefined || peeked.found === 'broken') {
      socket.destroy();
      return undefined;
    }
    const { authority, path } = peeked.found;
    const choice = this.#ends.routes.choose(authority, path);
    const head = reader.headOf(peeked.bytes);
    const service = choice.kind === 'service' ? choice.service : undefined;
    if (service?.protocols.includes('h2') !== true) {
      const end = net.connect(connectOptions(this.#ends.refuser));
      return { encrypted, client: socket, service: end, head, name: service?.name ?? gatewayService };
    }
    const { name, target } = service;
    const tls = this.#ends.tls.get(service);
    if (tls === undefined) {
      return { encrypted, client: socket, service: net.connect(connectOptions(target)), head, name };
    }
    const { socket: end, failed } = await tls.connect(target, ['h2'], socket);
    const why = failed === undefined ? {} : { failed };
    return { encrypted: true, client: socket, service: end, head, name, ...why };
  }

  async #bySni({ socket }: Client, first: Peeked<unknown>): Promise<Opened | undefined> {
    const peeked = await peek(socket, readClientHello, first.bytes);
    const hello = typeof peeked?.found === 'object' ? peeked.found : undefined;
    // Without a name it is for nobody but who takes any: no name has no host but `*`.
    const service =
      hello && this.#ends.routes.servicesOf(hello.serverName ?? '').find(({ target }) => target.tls);
    if (peeked === undefined || service === undefined) {
      socket.destroy();
      return undefined;
    }
    const end = net.connect(connectOptions(service.target));
    return { encrypted: false, client: socket, service: end, head: peeked.bytes, name: service.name };
  }
}

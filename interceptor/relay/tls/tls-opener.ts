import net from 'node:net';
import { connectOptions } from '../ends.ts';
import type { Opened, Opener } from '../opener.ts';
import { firstProtocol, peek } from '../peek.ts';
import type { Target } from '../target.ts';
import { failedEnd, type ServiceEnd, type ServiceTls } from './service-tls.ts';
import type { Terminator } from './terminator.ts';

export interface TlsRoute {
  readonly target: Target;
  /** Absent: clients speak in the clear. */
  readonly terminator: Terminator | undefined;
  /** Absent: the service does. */
  readonly service: ServiceTls | undefined;
  /** Protocols that clients may choose from, the preferred first; absent: whatever the service takes, as it does. */
  readonly protocols: readonly string[] | undefined;
  /** A client asks for nothing that a service in the clear is said to speak; its handshake fails. */
  readonly onNoProtocol: (offered: readonly string[]) => void;
}

/** Relays to one service where either side is encrypted. Client and service speak the same protocol. */
export class TlsOpener implements Opener {
  readonly #route: TlsRoute;

  constructor(route: TlsRoute) {
    this.#route = route;
  }

  async open(accepted: net.Socket): Promise<Opened | undefined> {
    const { target, terminator, service, protocols = ['http/1.1'], onNoProtocol } = this.#route;
    accepted.on('error', () => {});
    if (terminator === undefined) return this.#fromPlain(accepted);
    const hello = await terminator.hello(accepted);
    if (hello === undefined) return undefined;
    if (service !== undefined) return this.#between(accepted, hello.protocols, terminator, service);
    const { protocols: offered } = hello;
    if (offered.length > 0 && !offered.some((one) => protocols.includes(one))) onNoProtocol(offered);
    const client = await terminator.secure(accepted, protocols);
    return client && { encrypted: true, client, service: net.connect(connectOptions(target)) };
  }

  /** The service's handshake comes first: what it chooses is what the client is told. */
  async #between(
    accepted: net.Socket,
    offered: readonly string[],
    terminator: Terminator,
    service: ServiceTls,
  ): Promise<Opened | undefined> {
    const { target, protocols } = this.#route;
    const allowed = offered.filter((protocol) => protocols?.includes(protocol) ?? true);
    const end = await service.connect(target, allowed, accepted);
    const client = await terminator.secure(accepted, end.failed ? fallback(allowed) : chosenBy(end));
    if (client === undefined) end.socket.destroy();
    return client && openedTo(end, client);
  }

  /**
   * A client in the clear names its protocol by how it begins. One that encrypts, though there is no certificate to show
   * it, means the service: its bytes pass as they are.
   */
  async #fromPlain(accepted: net.Socket): Promise<Opened | undefined> {
    const { target, service } = this.#route;
    const peeked = await peek(accepted, firstProtocol);
    if (peeked === undefined || service === undefined) return undefined;
    const { found, bytes: head } = peeked;
    if (found === 'tls')
      return { encrypted: false, client: accepted, service: net.connect(connectOptions(target)), head };
    return {
      ...openedTo(
        await service.connect(target, [found === 'http/2' ? 'h2' : 'http/1.1'], accepted),
        accepted,
      ),
      head,
    };
  }
}

/** The service may have gone while the client's handshake was under way. */
function openedTo(end: ServiceEnd, client: net.Socket): Opened {
  const { socket, failed } = socketLost(end)
    ? failedEnd(new Error('the service closed the connection'))
    : end;
  return { encrypted: true, client, service: socket, ...(failed === undefined ? {} : { failed }) };
}

function socketLost({ socket, failed }: ServiceEnd): boolean {
  return failed === undefined && socket.destroyed;
}

function chosenBy({ protocol }: ServiceEnd): readonly string[] {
  return protocol === undefined ? [] : [protocol];
}

/** What a client is told whose service is out of reach: its request is to be seen all the same. */
function fallback(offered: readonly string[]): readonly string[] {
  return offered.includes('http/1.1') ? ['http/1.1'] : offered.slice(0, 1);
}

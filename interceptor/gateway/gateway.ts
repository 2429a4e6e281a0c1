import net from 'node:net';
import { type AskableService, authorityOf } from '../reflection/schemas.ts';
import { connectOptions } from '../relay/ends.ts';
import type { Opener } from '../relay/opener.ts';
import type { TlsCounters } from '../relay/tls/counters.ts';
import type { OnReload } from '../relay/tls/reloaded.ts';
import { ServiceTls } from '../relay/tls/service-tls.ts';
import { tlsCountersOf } from '../relay/tls/sum-counters.ts';
import { Terminator, type TerminatorOptions } from '../relay/tls/terminator.ts';
import { Clients } from './clients.ts';
import type { GatewayService } from './config.ts';
import { GatewayOpener } from './gateway-opener.ts';
import type { OnGrpcRefused } from './grpc-refused.ts';
import { Refuser } from './refuser.ts';
import { Router } from './router.ts';
import type { Routes } from './routes.ts';

export interface GatewayOptions {
  readonly routes: Routes;
  readonly services: readonly GatewayService[];
  /** Absent: clients speak in the clear. */
  readonly clientTls: Omit<TerminatorOptions, 'onReload'> | undefined;
  /** Clients are believed what they say of who came to them. */
  readonly trustForwarded: boolean;
  readonly onReload: OnReload;
  readonly onServiceFailure: (error: Error) => void;
  readonly onGrpcRefused: OnGrpcRefused;
}

/** What a gateway has opened. */
interface Parts {
  readonly opener: Opener;
  readonly router: Router;
  readonly services: readonly GatewayService[];
  readonly terminator: Terminator | undefined;
  /** Of services with https targets. */
  readonly tls: ReadonlyMap<GatewayService, ServiceTls>;
  readonly closing: AsyncDisposableStack;
}

/** What stands between a relay and several services. */
export class Gateway implements AsyncDisposable {
  readonly #parts: Parts;

  private constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Throws `certificate-invalid`. */
  static async start(options: GatewayOptions): Promise<Gateway> {
    const { routes, services, clientTls, trustForwarded, onReload } = options;
    await using closing = new AsyncDisposableStack();
    const clients = new Clients();
    const terminator = clientTls && closing.use(new Terminator({ ...clientTls, onReload }));
    const encrypted = services.filter(({ target }) => target.tls);
    const tls = new Map(encrypted.map((service) => [service, closing.use(serviceTls(service, options))]));
    const router = closing.use(new Router({ routes, services, clients, tls }));
    const refuser = closing.use(new Refuser(routes, options.onGrpcRefused));
    const ends = { routes, clients, terminator, tls, trustForwarded };
    const opener = new GatewayOpener({
      ...{ ...ends, router: await router.start() },
      refuser: await refuser.start(),
    });
    return new Gateway({ opener, router, services, terminator, tls, closing: closing.move() });
  }

  get opener(): Opener {
    return this.#parts.opener;
  }

  /** The services that speak HTTP/2, for who asks them for their schemas. */
  get askable(): readonly AskableService[] {
    const { services, tls } = this.#parts;
    return services
      .filter(({ protocols }) => protocols.includes('h2'))
      .map((service) => ({
        name: service.name,
        authority: authorityOf(service.target),
        connect: () => connectTo(service, tls.get(service)),
      }));
  }

  /** Pipelined requests of HTTP/1 that wait for the responses before theirs. */
  get waiting(): number {
    return this.#parts.router.waiting;
  }

  /** `undefined` where nothing is encrypted. */
  get tlsCounters(): TlsCounters | undefined {
    const { terminator, tls } = this.#parts;
    if (terminator === undefined && tls.size === 0) return undefined;
    return tlsCountersOf(terminator, [...tls.values()]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.closing.disposeAsync();
  }
}

function serviceTls({ ca, serverName }: GatewayService, options: GatewayOptions): ServiceTls {
  return new ServiceTls({
    ...(ca === undefined ? {} : { ca }),
    ...(serverName === undefined ? {} : { serverName }),
    onReload: options.onReload,
    onFailure: options.onServiceFailure,
  });
}

async function connectTo({ target }: GatewayService, tls: ServiceTls | undefined): Promise<net.Socket> {
  if (tls === undefined) return net.connect(connectOptions(target));
  const { socket, failed } = await tls.connect(target, ['h2'], new net.Socket());
  if (failed !== undefined) throw failed;
  return socket;
}

import type { StreamOwner } from '../ledger/names.ts';
import type { LedgerAppender } from '../ledger/port.ts';
import type { ListenAddress } from '../program/address.ts';
import { BatchSealer, type SealingKey } from '../sealing/index.ts';
import type { TunnelConfig } from '../tunnel/config.ts';
import { Batches } from './observe/batches.ts';
import { Observation } from './observe/observation.ts';
import { Observer } from './observe/observer.ts';
import { protocols } from './observe/protocols.ts';
import type { Routing } from './observe/routing.ts';
import { type AskableService, Schemas } from './reflection/schemas.ts';
import { Relay } from './relay/listener.ts';
import type { Opener } from './relay/opener.ts';
import type { Target } from './relay/target.ts';
import type { TlsCounters } from './relay/tls/counters.ts';
import type { InterceptorState } from './state.ts';
import { CommitRequests } from './triggers/commit.ts';

export interface InterceptorOptions {
  readonly tunnel: TunnelConfig;
  readonly listen: ListenAddress;
  /** The service, or what finds out for each connection where it goes. */
  readonly to: Target | Opener;
  /** Where requests go to several services. */
  readonly routing?: Routing;
  /** Services that can be asked for the schemas of their messages. */
  readonly askable?: readonly AskableService[];
  /** What is told of encryption. */
  readonly tlsCounters?: (() => TlsCounters | undefined) | undefined;
  readonly owner: StreamOwner;
  /** The service that it stands before (workload and port). */
  readonly service: string;
  /** For whom batches and commit requests are sealed. */
  readonly recipient: SealingKey;
  /** Stays the caller's, who closes it. */
  readonly appender: LedgerAppender;
  /** Something of ours failed: a connection is relayed on and not recorded, or a batch is lost. Must not throw. */
  readonly onFault: (fault: unknown) => void;
}

/** Relays a service's traffic and records a copy of it. */
export class Interceptor implements AsyncDisposable {
  readonly #options: InterceptorOptions;
  readonly #relay: Relay;
  readonly #observer: Observer;
  readonly #observation: Observation;
  readonly #schemas: Schemas;
  #phase: InterceptorState['phase'] = 'starting';

  constructor(options: InterceptorOptions) {
    const { tunnel, owner, service, recipient, appender, onFault } = options;
    this.#options = options;
    const sealer = new BatchSealer(appender.stream, recipient);
    const batches = new Batches(service, sealer, appender, onFault);
    const commits = new CommitRequests(owner, recipient, appender, tunnel.commit.coolDownMs);
    const { routing, askable: services = [] } = options;
    this.#schemas = new Schemas({ services, tunnel, batches, onFault });
    const shared = { batches, commits, schemas: this.#schemas, routing };
    this.#observation = new Observation(service, sealer.instance, tunnel, shared);
    this.#observer = new Observer(this.#observation, protocols, onFault);
    this.#relay = new Relay({
      listen: options.listen,
      to: options.to,
      tap: this.#observer,
      connectionLimit: tunnel.capture.connectionLimit,
      onTapFault: onFault,
    });
  }

  /** Begins to listen; returns the port. Throws `listen-failed`. */
  async start(): Promise<number> {
    const port = await this.#relay.start();
    this.#phase = 'relaying';
    return port;
  }

  get state(): InterceptorState {
    const { tunnel, owner, service, appender, tlsCounters } = this.#options;
    const tls = tlsCounters?.();
    const reflection = this.#schemas.counters;
    return {
      phase: this.#phase,
      tunnel: `${tunnel.namespace}/${tunnel.name}`,
      pod: owner.pod,
      service,
      uptimeSeconds: Math.round(performance.now() / 1000),
      rssBytes: process.memoryUsage.rss(),
      relay: this.#relay.counters,
      ...(tls === undefined ? {} : { tls }),
      observer: this.#observation.counters,
      ...(reflection === undefined ? {} : { reflection }),
      ledger: appender.counters,
    };
  }

  /** Asks for a tape by hand. */
  commit(): void {
    this.#observation.commit();
  }

  /**
   * Stops accepting, lets exchanges end for at most `deadlineMs`, cuts off the rest, and hands over what was recorded.
   * Returns how many connections were cut off.
   */
  async drain(deadlineMs: number): Promise<number> {
    this.#phase = 'draining';
    this.#schemas.close();
    const cutOff = await this.#relay.drain(deadlineMs);
    this.#observer.close();
    return cutOff;
  }

  /** Ends at once what `drain` has not ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.drain(0);
  }
}

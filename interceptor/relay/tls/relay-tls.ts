import net from 'node:net';
import type { Opener } from '../opener.ts';
import type { Target } from '../target.ts';
import type { TlsCounters } from './counters.ts';
import type { OnReload } from './reloaded.ts';
import { ServiceTls, type ServiceTlsOptions } from './service-tls.ts';
import { tlsCountersOf } from './sum-counters.ts';
import { Terminator, type TerminatorOptions } from './terminator.ts';
import { TlsOpener, type TlsRoute } from './tls-opener.ts';

export interface RelayTlsOptions {
  readonly target: Target;
  /** Absent: clients speak in the clear. */
  readonly clients: Omit<TerminatorOptions, 'onReload'> | undefined;
  /** Absent: the service does. */
  readonly service: Omit<ServiceTlsOptions, 'onReload' | 'onFailure'> | undefined;
  /** Protocols that clients may choose from; absent: what the service takes, or HTTP/1.1 where it speaks in the clear. */
  readonly protocols?: readonly string[];
  readonly onReload: OnReload;
  readonly onServiceFailure: (error: Error) => void;
  readonly onNoProtocol: TlsRoute['onNoProtocol'];
}

/** The encryption of one relay: towards its clients, its service, or both. */
export class RelayTls implements Disposable {
  readonly opener: Opener;
  readonly #target: Target;
  readonly #terminator: Terminator | undefined;
  readonly #service: ServiceTls | undefined;

  /** Throws `certificate-invalid`. */
  constructor(options: RelayTlsOptions) {
    const {
      target,
      clients,
      service,
      protocols,
      onReload,
      onServiceFailure: onFailure,
      onNoProtocol,
    } = options;
    this.#target = target;
    using undo = new DisposableStack();
    this.#terminator = clients && undo.use(new Terminator({ ...clients, onReload }));
    this.#service = service && new ServiceTls({ ...service, onReload, onFailure });
    this.opener = new TlsOpener({
      target,
      terminator: this.#terminator,
      service: this.#service,
      protocols,
      onNoProtocol,
    });
    undo.move();
  }

  /** A connection of our own to the service, where that is encrypted; `undefined` where it speaks in the clear. */
  async connect(protocols: readonly string[]): Promise<net.Socket | undefined> {
    if (this.#service === undefined) return undefined;
    const { socket, failed } = await this.#service.connect(this.#target, protocols, new net.Socket());
    if (failed !== undefined) throw failed;
    return socket;
  }

  get counters(): TlsCounters {
    return tlsCountersOf(this.#terminator, this.#service === undefined ? [] : [this.#service]);
  }

  [Symbol.dispose](): void {
    this.#terminator?.[Symbol.dispose]();
    this.#service?.[Symbol.dispose]();
  }
}

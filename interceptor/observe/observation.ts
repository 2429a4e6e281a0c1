import type { Ending, Sender } from '../../ledger/segment.ts';
import { callFingerprint, fingerprint } from '../../tape/fingerprint.ts';
import type { GapCause } from '../../tape/gap.ts';
import type { TunnelConfig } from '../../tunnel/config.ts';
import { grpcCodeNames } from '../../tunnel/grpc-codes.ts';
import { Transit } from '../relay/transit.ts';
import type { CommitRequests } from '../triggers/commit.ts';
import { type Trigger, triggerOf } from '../triggers/index.ts';
import type { Batches } from './batches.ts';
import { processTime } from './clock.ts';
import { newCounters, type ObserverCounters, type OpaqueReason } from './counters.ts';
import type { Flight, StartLine } from './flight.ts';
import { type IsIgnored, ignoredBy } from './ignored.ts';
import type { Routing } from './routing.ts';
import type { SchemaSource, SchemaSources } from './schema-source.ts';
import { type SessionReader, sessionReader } from './session-key.ts';

/** A trigger that fired, with what its fingerprint is made of. */
export interface Fired {
  readonly connection: number;
  readonly message: number;
  /** Where connections go to several. */
  readonly service: string | undefined;
  /** Absent where the service refused a connection on which no request came. */
  readonly line: StartLine | undefined;
  readonly session: string | undefined;
  readonly trigger: Trigger;
  readonly outcome: string;
  readonly detail: string;
}

const opaqueGaps: Record<OpaqueReason, GapCause> = {
  upgrade: 'opaque',
  not_http: 'opaque',
  limit: 'opaque',
  fault: 'opaque',
  malformed: 'malformed',
  tls: 'tls',
};

/** What observers are given besides the tunnel's rules. */
export interface Shared {
  readonly batches: Batches;
  readonly commits: CommitRequests;
  readonly schemas: SchemaSources;
  readonly routing: Routing | undefined;
}

/** What the observers of one service share: the tunnel's rules, the batches, the counters. */
export class Observation {
  readonly batches: Batches;
  readonly transit: Transit;
  readonly counters: ObserverCounters = newCounters();
  readonly triggers: readonly Trigger[];
  /** By status: 1 where a trigger fires. */
  readonly firesOn: Uint8Array;
  /** By code of gRPC, likewise; and whether there is any. */
  readonly firesOnCode: Uint8Array;
  readonly watchesCalls: boolean;
  readonly isIgnored: IsIgnored | undefined;
  /** Only where commits are narrowed to a session. */
  readonly session: SessionReader | undefined;
  /** Only where requests go to several services. */
  readonly routing: Routing | undefined;
  readonly bodyLimit: { readonly bytes: number; readonly cause: GapCause };
  readonly #schemas: SchemaSources;
  readonly #service: string;
  readonly #instance: string;
  readonly #scope: 'tunnel' | 'session';
  readonly #commits: CommitRequests;

  constructor(
    service: string,
    instance: string,
    { capture, commit, triggers }: TunnelConfig,
    { batches, commits, schemas, routing }: Shared,
  ) {
    this.#schemas = schemas;
    this.routing = routing;
    this.#service = service;
    this.#instance = instance;
    this.#scope = commit.scope;
    this.#commits = commits;
    this.batches = batches;
    this.transit = new Transit(batches.pool);
    this.triggers = triggers.map(triggerOf);
    this.firesOn = Uint8Array.from({ length: 1000 }, (_, status) =>
      this.triggers.some((trigger) => trigger.onStatus?.(status) !== undefined) ? 1 : 0,
    );
    this.firesOnCode = Uint8Array.from(grpcCodeNames, (_, code) =>
      this.triggers.some((trigger) => trigger.onGrpcStatus?.(code) !== undefined) ? 1 : 0,
    );
    this.watchesCalls = this.firesOnCode.includes(1);
    this.isIgnored = ignoredBy(capture);
    const { sessionKey, payloads, bodyLimit } = capture;
    this.session =
      commit.scope === 'session' && sessionKey !== undefined ? sessionReader(sessionKey) : undefined;
    this.bodyLimit = payloads
      ? { bytes: bodyLimit, cause: 'body_limit' }
      : { bytes: 0, cause: 'payloads_off' };
  }

  /** Those of a service; undefined where it is not to be asked. */
  schemasOf(service: string = this.#service): SchemaSource | undefined {
    return this.#schemas.of(service);
  }

  opened(connection: number, client: string, service: string = this.#service): void {
    this.batches.open(connection, processTime(), client, service);
  }

  ended(connection: number, sender: Sender, how: Ending): void {
    this.batches.end(connection, sender, processTime(), how);
  }

  /** An exchange is over. */
  landed(flight: Flight): void {
    this.counters.exchanges++;
    if (flight.ignored) this.counters.ignoredExchanges++;
  }

  turnedOpaque(connection: number, cause: OpaqueReason): void {
    this.counters.opaqueConnections[cause]++;
    this.batches.opaque(connection, processTime(), opaqueGaps[cause]);
  }

  /** Marks the exchange in the ledger, and asks for a commit unless the fingerprint cools down. */
  fire({ connection, message, service, line, session, trigger, outcome, detail }: Fired): void {
    const { kind } = trigger;
    this.counters.fired[kind] = (this.counters.fired[kind] ?? 0) + 1;
    const printOf = line?.isCall ? callFingerprint : fingerprint;
    const print = printOf(line?.method ?? '-', line?.target ?? '-', outcome);
    const at = { process: processTime(), wallMs: Date.now() };
    this.batches.trigger(connection, at.process, message, kind, print, detail);
    if (!this.#commits.admits(print)) {
      this.counters.cooledDown++;
      return;
    }
    this.#schemas.record();
    this.batches.hand();
    this.#commits.publish({
      trigger: kind,
      fingerprint: print,
      detail,
      instance: this.#instance,
      connection,
      message,
      at,
      scope: this.#scope,
      ...(session === undefined ? {} : { session }),
      ...(service === undefined ? {} : { service }),
    });
  }

  /** Asks for a tape of all that was recorded, with no failure to mark. */
  commit(): void {
    this.#schemas.record();
    this.batches.hand();
    this.#commits.publish({
      trigger: 'manual',
      fingerprint: 'manual',
      detail: '',
      instance: this.#instance,
      at: { process: processTime(), wallMs: Date.now() },
      scope: 'tunnel',
    });
  }
}

import type { Batch, BatchHeader, LedgerRecord } from '../../ledger/segment.ts';
import type { TapeTime } from '../../tape/exchange.ts';
import type { Gap, GapCause } from '../../tape/gap.ts';
import { InflationBudget } from '../../wire/websocket/inflation-budget.ts';
import type { Decoders } from './connection-decoder.ts';
import { DecodedConnection } from './decoded-connection.ts';
import { decoders } from './decoders.ts';
import { GapTally } from './gap-tally.ts';
import type { DecodedExchange, Decoder, DecoderSettings } from './port.ts';
import { sessionOf } from './session.ts';
import { TapeClock, tapeTimeOf } from './tape-clock.ts';

/** One interceptor process. */
interface Instance {
  readonly name: string;
  readonly service: string;
  readonly clock: TapeClock;
  readonly connections: Map<number, DecodedConnection>;
  readonly holes: { count: number; cause: GapCause };
  /** The time before the first hole of whose bytes nothing was told yet. */
  holedAt?: TapeTime;
  /** Why bytes before the first mark of a connection are lost. */
  edge: GapCause;
  /** The connection of the last record. */
  last: number;
}

/** Decodes the window of one commit. Memory: the exchanges that have not ended, and those that were not yet taken. */
export class WindowDecoder implements Decoder {
  readonly #settings: DecoderSettings;
  readonly #decoders: Decoders;
  readonly #inflation = new InflationBudget();
  readonly #instances = new Map<string, Instance>();
  /** Holes of instances of which no batch has come yet. */
  readonly #early = new Map<string, GapCause>();
  readonly #tally = new GapTally();
  #ready: DecodedExchange[] = [];
  #connections = 0;
  #now = 0;

  constructor(settings: DecoderSettings, known: Decoders = decoders) {
    this.#settings = settings;
    this.#decoders = known;
  }

  get gaps(): readonly Gap[] {
    return this.#tally.gaps;
  }

  push({ header, records }: Batch): void {
    const instance = this.#instance(header);
    for (const record of records) this.#record(instance, record);
  }

  hole(name: string, cause: GapCause = 'ledger_overload'): void {
    const instance = this.#instances.get(name);
    if (instance === undefined) this.#early.set(name, cause);
    else this.#lose(instance, cause);
  }

  take(): DecodedExchange[] {
    const ready = this.#ready;
    this.#ready = [];
    return ready;
  }

  inFlight(beforeWallMs: number): number {
    const before = tapeTimeOf(beforeWallMs, this.#settings.startWallMs);
    let count = 0;
    for (const { connections } of this.#instances.values()) {
      for (const connection of connections.values()) count += connection.inFlight(before);
    }
    return count;
  }

  end(): DecodedExchange[] {
    for (const instance of this.#instances.values()) {
      for (const [number, connection] of instance.connections) {
        connection.close(this.#now);
        this.#release(instance, number, connection);
      }
      instance.connections.clear();
    }
    return this.take();
  }

  #instance(header: BatchHeader): Instance {
    const known = this.#instances.get(header.instance);
    if (known !== undefined) return known;
    const instance: Instance = {
      name: header.instance,
      service: header.service,
      clock: new TapeClock(header.clock, this.#settings.startWallMs),
      connections: new Map(),
      holes: { count: 0, cause: 'ledger_overload' },
      edge: this.#early.get(header.instance) ?? 'window_edge',
      last: 0,
    };
    this.#early.delete(header.instance);
    this.#instances.set(header.instance, instance);
    return instance;
  }

  #lose(instance: Instance, cause: GapCause): void {
    instance.holes.count++;
    instance.holedAt ??= this.#now;
    instance.holes.cause = cause;
    instance.edge = cause;
  }

  #record(instance: Instance, record: LedgerRecord): void {
    if (record.kind === 'closed' || record.kind === 'schema') return;
    const at = instance.clock.at(record.time);
    this.#now = Math.max(this.#now, at);
    if (record.kind === 'loss') {
      // Where it was lost, a hole in the sequence has told.
      this.#tally.add(record.cause, 'bytes', record.bytes, at, instance.holedAt ?? at);
      delete instance.holedAt;
      instance.holes.cause = record.cause;
      return;
    }
    if (record.connection !== instance.last) this.#releaseOver(instance, instance.last);
    instance.last = record.connection;
    const connection = this.#connection(instance, record.connection);
    if (record.kind === 'data' && at > connection.overAt)
      this.#release(instance, record.connection, connection);
    connection.take(record, at);
  }

  #connection(instance: Instance, number: number): DecodedConnection {
    const known = instance.connections.get(number);
    if (known !== undefined) return known;
    const { bodyLimit } = this.#settings;
    const connection = new DecodedConnection({
      holes: instance.holes,
      gaps: this.#tally,
      bodyLimit,
      edge: instance.edge,
      inflation: this.#inflation,
      decoders: this.#decoders,
    });
    instance.connections.set(number, connection);
    return connection;
  }

  #releaseOver(instance: Instance, number: number): void {
    const connection = instance.connections.get(number);
    if (connection === undefined) return;
    this.#release(instance, number, connection);
    if (connection.isClosed) instance.connections.delete(number);
  }

  /** What is over has its triggers: hands it out. */
  #release(instance: Instance, number: number, connection: DecodedConnection): void {
    if (connection.over.length === 0) return;
    const { sessionKey } = this.#settings;
    const { client = 'unknown', service: peer = instance.service } = connection.opened ?? {};
    for (const exchange of connection.over) {
      const label = connection.labels.of(exchange.message);
      const service = label ?? instance.service;
      const response = exchange.response?.final?.head;
      const session = sessionKey === undefined ? undefined : sessionOf(sessionKey, exchange.head, response);
      this.#ready.push(
        exchange.finish({
          service,
          connection: this.#tapeNumber(connection, service),
          peers: { client, service: label ?? peer },
          origin: { instance: instance.name, connection: number },
          ...(session === undefined ? {} : { session }),
        }),
      );
    }
    connection.over = [];
  }

  #tapeNumber({ tapeNumbers }: DecodedConnection, service: string): number {
    const number = tapeNumbers.get(service) ?? ++this.#connections;
    tapeNumbers.set(service, number);
    return number;
  }
}

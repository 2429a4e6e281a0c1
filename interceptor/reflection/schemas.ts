import type net from 'node:net';
import type { TunnelConfig } from '../../tunnel/config.ts';
import type { Batches } from '../observe/batches.ts';
import type { SchemaSources } from '../observe/schema-source.ts';
import type { Target } from '../relay/target.ts';
import { askSchemas } from './ask-schemas.ts';
import { type ReflectionCounters, SchemaRecorder } from './schema-recorder.ts';

/** A service that can be asked for the schemas of its messages. */
export interface AskableService {
  readonly name: string;
  readonly authority: string;
  /** A connection of our own that speaks HTTP/2. */
  readonly connect: () => Promise<net.Socket>;
}

/** Host and port as a request names them: IPv6 in brackets (RFC 3986 section 3.2.2). */
export function authorityOf({ host, port }: Target): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

export interface SchemasOptions {
  readonly services: readonly AskableService[];
  readonly tunnel: TunnelConfig;
  readonly batches: Batches;
  readonly onFault: (fault: unknown) => void;
}

/** The schemas of the services behind one interceptor. */
export class Schemas implements SchemaSources {
  readonly #recorders: ReadonlyMap<string, SchemaRecorder>;

  constructor({ services, tunnel, batches, onFault }: SchemasOptions) {
    const { reflection, protocols, maxSessionDurationMs } = tunnel.capture;
    const asked = reflection && protocols.includes('grpc') ? services : [];
    this.#recorders = new Map(
      asked.map(({ name, authority, connect }) => {
        const ask = async (signal: AbortSignal) => askSchemas(await connect(), authority, signal);
        const repeatMs = maxSessionDurationMs / 2;
        return [name, new SchemaRecorder({ service: name, batches, ask, repeatMs, onFault })];
      }),
    );
  }

  of(service: string): SchemaRecorder | undefined {
    return this.#recorders.get(service);
  }

  /** Adds all that is known to the batch at hand, or several. */
  record(): void {
    for (const recorder of this.#recorders.values()) recorder.record();
  }

  /** Nobody is asked any more. */
  close(): void {
    for (const recorder of this.#recorders.values()) recorder.close();
  }

  /** Of all services together; `undefined` where none is asked. */
  get counters(): ReflectionCounters | undefined {
    if (this.#recorders.size === 0) return undefined;
    const sum: ReflectionCounters = { asked: 0, failed: 0, bytes: 0, truncated: false };
    for (const { counters } of this.#recorders.values()) {
      sum.asked += counters.asked;
      sum.failed += counters.failed;
      sum.bytes += counters.bytes;
      sum.truncated ||= counters.truncated;
    }
    return sum;
  }
}

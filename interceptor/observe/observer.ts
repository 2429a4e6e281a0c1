import { BlindTaps } from '../relay/blind.ts';
import type { ConnectionTap, Tap } from '../relay/tap.ts';
import type { Trigger } from '../triggers/index.ts';
import { processTime } from './clock.ts';
import type { Observation } from './observation.ts';
import { ObservedConnection } from './observed-connection.ts';
import type { Protocols } from './protocol.ts';

/** How late `on_timeout` may notice, as a share of its time, and within which bounds, milliseconds. */
const sweepShare = 0.05;
const sweepMs = { least: 10, most: 250 } as const;

/** The tap of a relay: observes every connection, and sweeps over them for responses that are late. */
export class Observer implements Tap {
  readonly #observation: Observation;
  readonly #protocols: Protocols;
  readonly #onFault: (fault: unknown) => void;
  readonly #blind: BlindTaps;
  readonly #sweeps: NodeJS.Timeout[];
  readonly #connections = new Set<ObservedConnection>();
  #count = 0;

  constructor(observation: Observation, protocols: Protocols, onFault: (fault: unknown) => void) {
    this.#onFault = onFault;
    this.#protocols = protocols;
    this.#observation = observation;
    this.#blind = new BlindTaps(observation.transit, (bytes) => {
      observation.counters.opaqueBytes += bytes;
    });
    this.#sweeps = observation.triggers
      .filter((trigger) => trigger.lateAfterMs !== undefined)
      .map((trigger) => this.#sweepFor(trigger));
  }

  open(client: string, service?: string): ConnectionTap {
    const connection = new ObservedConnection(
      ++this.#count,
      client,
      service,
      this.#observation,
      this.#protocols,
      (closed) => this.#connections.delete(closed),
    );
    this.#connections.add(connection);
    return connection;
  }

  blind(broken: ConnectionTap | undefined): ConnectionTap {
    try {
      if (broken instanceof ObservedConnection) broken.abandon();
    } catch {
      // The fault that led here was told already; all that is lost is the note that the connection is opaque.
    }
    return this.#blind.blind();
  }

  /** Hands over what is recorded and stops the clocks. */
  close(): void {
    for (const sweep of this.#sweeps) clearInterval(sweep);
    this.#observation.batches.close();
  }

  #sweepFor(trigger: Trigger): NodeJS.Timeout {
    const wanted = (trigger.lateAfterMs ?? 0) * sweepShare;
    const every = Math.min(sweepMs.most, Math.max(sweepMs.least, wanted));
    return setInterval(() => {
      const now = processTime();
      try {
        for (const connection of this.#connections) connection.sweep(trigger, now);
      } catch (fault) {
        this.#onFault(fault);
      }
    }, every).unref();
  }
}

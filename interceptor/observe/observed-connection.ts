import type { Ending, Sender } from '../../ledger/segment.ts';
import type { Slab } from '../relay/slab.ts';
import type { ConnectionTap } from '../relay/tap.ts';
import type { Trigger } from '../triggers/index.ts';
import type { OpaqueReason } from './counters.ts';
import { Firings } from './firings.ts';
import { FirstBytes } from './first-bytes.ts';
import { Labels } from './labels.ts';
import type { Observation } from './observation.ts';
import type { ObserverHost, ProtocolObserver, Protocols } from './protocol.ts';
import { Recording } from './recording.ts';
import { States } from './states.ts';

/**
 * Looks at one connection: records what both senders send, less what the tunnel leaves out, and has the observer of the
 * protocol that it speaks find the messages and ask the triggers. A connection that none can read is opaque: relayed,
 * counted, and not recorded.
 */
export class ObservedConnection implements ConnectionTap, ObserverHost {
  readonly connection: number;
  readonly observation: Observation;
  readonly protocols: Protocols;
  readonly client: Recording;
  readonly service: Recording;
  readonly firings: Firings;
  readonly #onClosed: (connection: ObservedConnection) => void;
  #protocol: ProtocolObserver;
  #states: States | undefined;
  #labels: Labels | undefined;
  #clientGone = false;
  #opaque = false;

  constructor(
    connection: number,
    client: string,
    service: string | undefined,
    observation: Observation,
    protocols: Protocols,
    onClosed: (connection: ObservedConnection) => void,
  ) {
    const { batches, counters, transit } = observation;
    this.connection = connection;
    this.observation = observation;
    this.protocols = protocols;
    this.#onClosed = onClosed;
    this.client = new Recording(connection, 'client', batches, transit, counters);
    this.service = new Recording(connection, 'service', batches, transit, counters);
    this.firings = new Firings(connection, observation, service);
    this.#protocol = new FirstBytes(this);
    this.#labels =
      service === undefined ? undefined : new Labels(connection, observation.batches, 0, service);
    observation.opened(connection, client, service);
  }

  reserve(sender: Sender, length: number): Slab {
    if (this.#opaque) return this.observation.transit.reserve();
    this.#states?.before(length);
    this.#labels?.before(length);
    return (sender === 'client' ? this.client : this.service).reserve(length);
  }

  segment(sender: Sender, slab: Slab, source: Buffer, length: number): void {
    if (this.#opaque) {
      this.observation.counters.opaqueBytes += length;
      return;
    }
    const recording = sender === 'client' ? this.client : this.service;
    try {
      recording.enter(slab.at);
      this.#protocol.push(sender, slab.bytes, slab.at, slab.at + length);
      recording.leave(slab, source, length);
    } catch (fault) {
      recording.withdraw(slab);
      throw fault;
    }
    this.firings.tell();
    this.observation.batches.handIfFull();
  }

  end(sender: Sender, how: Ending): void {
    if (!this.#opaque) {
      const recording = sender === 'client' ? this.client : this.service;
      recording.finish(() => this.#protocol.end(sender, how));
      if (sender === 'client') this.#clientGone = true;
      else if (!this.#clientGone) this.firings.onServiceEnd(how, this.#protocol.waiting);
    }
    this.observation.ended(this.connection, sender, how);
    this.firings.tell();
  }

  close(): void {
    for (const flight of this.#protocol.waiting) this.observation.landed(flight);
    this.#onClosed(this);
  }

  get isOpaque(): boolean {
    return this.#opaque;
  }

  idle(): boolean {
    return !this.#opaque && this.#protocol.idle;
  }

  routed(message: number, service: string): void {
    if (this.#labels?.begin(message, service) === false) return;
    const labels = this.#labels ?? new Labels(this.connection, this.observation.batches, message, service);
    this.#labels = labels;
    this.firings.behind(() => labels.say(message, service));
  }

  become(next: ProtocolObserver): void {
    const { batches } = this.observation;
    this.#protocol = next;
    this.#states = next.stateful && new States(this.connection, next.stateful, batches);
  }

  turnOpaque(cause: OpaqueReason): void {
    if (this.#opaque) return;
    this.#opaque = true;
    this.#protocol.abandon();
    this.firings.behind(() => this.observation.turnedOpaque(this.connection, cause));
  }

  /** A fault of ours: from here on there is another tap. */
  abandon(): void {
    this.turnOpaque('fault');
    this.firings.tell();
    this.#onClosed(this);
  }

  /** Fires what is late at `now`. */
  sweep(trigger: Trigger, now: number): void {
    this.firings.sweep(trigger, this.#protocol.waiting, now);
    this.firings.tell();
  }
}

import type { Sender } from '../../../ledger/segment.ts';
import type { Flight } from '../flight.ts';
import type { ObserverHost, ProtocolObserver } from '../protocol.ts';

/** Leaves out what both sides send behind an upgrade that the ignore rules name. Its frames are not looked at. */
export class IgnoredObserver implements ProtocolObserver {
  readonly waiting: readonly Flight[];
  readonly idle = false;
  readonly #host: ObserverHost;
  readonly #message: number;
  readonly #begun = { client: false, service: false };

  constructor(host: ObserverHost, flight: Flight) {
    this.#host = host;
    this.#message = flight.message;
    this.waiting = [flight];
  }

  push(sender: Sender, _bytes: Uint8Array, start: number): void {
    if (this.#begun[sender]) return;
    this.#begun[sender] = true;
    const recording = sender === 'client' ? this.#host.client : this.#host.service;
    recording.limit(this.#message, recording.absolute(start), 'ignored');
  }

  end(): void {}

  abandon(): void {}
}

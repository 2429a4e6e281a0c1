import type { Ending, Sender } from '../../ledger/segment.ts';
import { mayServeHttp2, protocolOf } from '../../wire/first-bytes.ts';
import type { Flight } from './flight.ts';
import { Http1Observer } from './http1/observer.ts';
import type { ObserverHost, ProtocolObserver } from './protocol.ts';

/** Bytes of a service that are kept while its client has not shown what it speaks. HTTP/2's first are far fewer. */
const mostHeld = 4096;

const nothing = Buffer.alloc(0);
const noFlights: readonly Flight[] = [];

/**
 * Looks at a connection until its client's first bytes have shown what it speaks. Nearly always that is the first
 * segment; what came before is kept, and pushed to the observer that takes over.
 */
export class FirstBytes implements ProtocolObserver {
  readonly waiting = noFlights;
  readonly #host: ObserverHost;
  #client = nothing;
  #service = nothing;

  constructor(host: ObserverHost) {
    this.#host = host;
  }

  get idle(): boolean {
    return this.#client.length === 0;
  }

  push(sender: Sender, bytes: Uint8Array, start: number, end: number): void {
    const next = sender === 'client' ? this.#asked(bytes, start, end) : this.#served(bytes, start, end);
    if (!this.#host.isOpaque) next?.push(sender, bytes, start, end);
  }

  end(sender: Sender, how: Ending): void {
    if (sender !== 'client' || this.#client.length === 0) return;
    this.#become(new Http1Observer(this.#host)).end(sender, how);
  }

  abandon(): void {
    this.#client = nothing;
    this.#service = nothing;
  }

  /** The observer that the client's bytes call for; undefined where they do not tell, or where none is to look on. */
  #asked(bytes: Uint8Array, start: number, end: number): ProtocolObserver | undefined {
    const held = this.#client;
    const first = held.length === 0 ? bytes : Buffer.concat([held, bytes.subarray(start, end)]);
    const [from, to] = first === bytes ? [start, end] : [0, first.length];
    switch (protocolOf(first, from, to)) {
      case 'http/1':
        return this.#become(new Http1Observer(this.#host));
      case 'http/2':
        return this.#begun(start);
      case 'tls':
        this.#turnOpaque('tls', start);
        return undefined;
      case undefined:
        this.#client = Buffer.from(first.subarray(from, to));
        return undefined;
    }
  }

  /** A service that speaks first: HTTP/2 does, and its client's preface is awaited. */
  #served(bytes: Uint8Array, start: number, end: number): ProtocolObserver | undefined {
    const held = Buffer.concat([this.#service, bytes.subarray(start, end)]);
    if (!mayServeHttp2(held[0]) || held.length > mostHeld) return this.#become(new Http1Observer(this.#host));
    this.#service = held;
    return undefined;
  }

  #begun(at: number): ProtocolObserver | undefined {
    const make = this.#host.protocols.http2;
    if (make !== undefined) return this.#become(make(this.#host));
    this.#turnOpaque('not_http', at);
    return undefined;
  }

  #turnOpaque(cause: 'tls' | 'not_http', at: number): void {
    this.#host.client.stop(at);
    this.#host.turnOpaque(cause);
  }

  #become(next: ProtocolObserver): ProtocolObserver {
    const { client, service } = this.#host;
    const [asked, served] = [this.#client, this.#service];
    this.#host.become(next);
    if (asked.length > 0) client.before(asked.length, () => next.push('client', asked, 0, asked.length));
    if (served.length > 0)
      service.before(served.length, () => next.push('service', served, 0, served.length));
    return next;
  }
}

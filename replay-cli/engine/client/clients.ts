import type { Exchange } from '../../../tape/exchange.ts';
import type { ConnectionCounts, ExchangeClient } from './exchange-client.ts';
import { Http1Client } from './http1/http1-client.ts';
import type { PreciseTimer } from './precise-timer.ts';

/** The clients of one pass, one for each protocol. Closed by whoever made it. */
export class Clients implements Disposable {
  readonly #http1: ExchangeClient;

  constructor(timer: PreciseTimer) {
    this.#http1 = new Http1Client(timer);
  }

  get counts(): ConnectionCounts {
    return this.#http1.counts;
  }

  /** The client that sends an exchange. */
  of(_exchange: Exchange): ExchangeClient {
    return this.#http1;
  }

  [Symbol.dispose](): void {
    this.#http1[Symbol.dispose]();
  }
}

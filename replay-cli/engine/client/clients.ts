import type { Exchange } from '../../../tape/exchange.ts';
import type { ConnectionCounts, ExchangeClient } from './exchange-client.ts';
import { Http1Client } from './http1/http1-client.ts';
import { Http2Client } from './http2/http2-client.ts';
import type { PreciseTimer } from './precise-timer.ts';

/** The clients of one pass, one for each protocol. Closed by whoever made it. */
export class Clients implements Disposable {
  readonly #http1: ExchangeClient;
  readonly #http2: ExchangeClient;

  constructor(timer: PreciseTimer) {
    this.#http1 = new Http1Client(timer);
    this.#http2 = new Http2Client(timer);
  }

  get counts(): ConnectionCounts {
    const all = [this.#http1.counts, this.#http2.counts];
    const sum = (of: keyof ConnectionCounts) => all.reduce((total, counts) => total + counts[of], 0);
    return { opened: sum('opened'), reopened: sum('reopened'), extra: sum('extra') };
  }

  /** The client that sends an exchange. */
  of(exchange: Exchange): ExchangeClient {
    return exchange.protocol === 'http/2' ? this.#http2 : this.#http1;
  }

  [Symbol.dispose](): void {
    this.#http1[Symbol.dispose]();
    this.#http2[Symbol.dispose]();
  }
}

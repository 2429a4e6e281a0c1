import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import {
  Client,
  type ClientDuplexStream,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import type { Customer } from '../checkout/customers.ts';
import { type Fields, open, shop } from './schema.ts';

const readyWithinMs = 20_000;

/** A customer in the shop: one connection, one session, and one stream once the cart is there. */
export class Visit {
  readonly #client: Client;
  readonly #customer: Customer;
  readonly #metadata = new Metadata();
  #cart: unknown;
  #stream: ClientDuplexStream<Fields, Fields> | undefined;
  #code: number | undefined;

  private constructor(client: Client, customer: Customer) {
    this.#client = client;
    this.#customer = customer;
    this.#metadata.set('x-session-id', `session-of-customer-${customer.number}`);
    this.#metadata.set('authorization', `Bearer ${customer.token}`);
  }

  /** Comes to the shop at `address` (`host:port`), and opens a cart. */
  static async begin(address: string, customer: Customer): Promise<Visit> {
    const client = new Client(address, credentials.createInsecure(), { 'grpc.use_local_subchannel_pool': 1 });
    await new Promise<void>((resolve, reject) =>
      client.waitForReady(Date.now() + readyWithinMs, (error) => (error ? reject(error) : resolve())),
    );
    const visit = new Visit(client, customer);
    await visit.#open();
    return visit;
  }

  async #open(): Promise<void> {
    const { path, requestSerialize, responseDeserialize } = open;
    const { email, password } = this.#customer;
    const cart = await new Promise<Fields | undefined>((resolve, reject) =>
      this.#client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        { email, password },
        this.#metadata,
        (error, value) => (error === null ? resolve(value) : reject(error)),
      ),
    );
    this.#cart = cart?.id;
    const { path: stream, requestSerialize: write, responseDeserialize: read } = shop;
    this.#stream = this.#client.makeBidiStreamRequest(stream, write, read, this.#metadata);
    this.#stream.on('error', (error: ServiceError) => {
      this.#code = error.code;
    });
  }

  /** Does something, and does not wait for what comes of it. */
  act(what: Fields): void {
    this.#stream?.write({ cartId: this.#cart, ...what });
  }

  /** Waits for as many events. */
  async events(count: number): Promise<void> {
    for (let left = count; left > 0; left--) if (this.#stream) await once(this.#stream, 'data');
  }

  /** Pays, and leaves. Resolves with the code with which the stream ended. */
  async pay(): Promise<number> {
    const stream = this.#stream;
    if (stream === undefined) throw new Error('there is no cart to pay for');
    const ended = new Promise<void>((resolve) => stream.on('end', resolve).on('error', () => resolve()));
    stream.resume();
    this.act({ pay: { card: this.#customer.card } });
    stream.end();
    await ended;
    this.#client.close();
    return this.#code ?? status.OK;
  }
}

/** One step after the other, as most customers do it. Resolves with the code of the stream. */
export async function buyOneByOne(address: string, who: Customer, sku: string): Promise<number> {
  const visit = await Visit.begin(address, who);
  for (const action of [{ addItem: sku }, { applyDiscount: 'TEA2' }]) {
    const told = visit.events(1);
    visit.act(action);
    await told;
  }
  return await visit.pay();
}

/** A gift basket, and `gapMs` after it went off, while it is under way, a discount code. */
export async function buyInAHurry(address: string, who: Customer, gapMs: number): Promise<number> {
  const visit = await Visit.begin(address, who);
  const both = visit.events(2);
  visit.act({ addItem: 'gift-basket' });
  await wait(gapMs);
  visit.act({ applyDiscount: 'WELCOME5' });
  await both;
  return await visit.pay();
}

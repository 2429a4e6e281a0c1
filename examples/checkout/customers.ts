import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';

/** What a customer sends along; made from the customer's number, so that every recording is of the same people. */
export interface Customer {
  readonly number: number;
  readonly email: string;
  readonly password: string;
  readonly card: string;
  readonly token: string;
}

const names = ['ann', 'bert', 'carla', 'dev', 'ewa', 'femi', 'gita', 'hugo', 'ines', 'jun'];

export function customer(number: number): Customer {
  const email = `${names[number % names.length]}.${number}@mail.shop-customers.com`;
  const digest = createHmac('sha256', 'customers').update(String(number)).digest('hex');
  const claims = { sub: `customer-${number}`, email, iat: 1_790_000_000, exp: 1_990_000_000 };
  return {
    number,
    email,
    password: `pw-${digest.slice(0, 10)}`,
    card: cardNumber(number),
    token: jwt(claims),
  };
}

/** A customer in the shop: one session, its cookie, and as many connections as requests are under way at once. */
export class Visit {
  readonly #url: URL;
  readonly #customer: Customer;
  readonly #agent = new Agent({ keepAlive: true });
  #cookie = '';
  #cart: unknown;

  constructor(url: string, who: Customer) {
    this.#url = new URL(url);
    this.#customer = who;
  }

  async init(): Promise<number> {
    const { email, password } = this.#customer;
    const { status, body, cookie } = await this.#post('init', { email, password });
    this.#cookie = cookie;
    this.#cart = body.cart;
    return status;
  }

  async addItem(sku: string): Promise<number> {
    return (await this.#post('add_item', { cart: this.#cart, sku })).status;
  }

  async applyDiscount(code: string): Promise<number> {
    return (await this.#post('apply_discount', { cart: this.#cart, code })).status;
  }

  async processPayment(): Promise<number> {
    return (await this.#post('process_payment', { cart: this.#cart, card: this.#customer.card })).status;
  }

  leave(): void {
    this.#agent.destroy();
  }

  async #post(path: string, fields: object): Promise<Reply> {
    const text = JSON.stringify(fields);
    const sent = request(new URL(`/api/v2/checkout/${path}`, this.#url), {
      method: 'POST',
      agent: this.#agent,
      headers: {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(text),
        Authorization: `Bearer ${this.#customer.token}`,
        ...(this.#cookie === '' ? {} : { Cookie: this.#cookie }),
      },
    });
    sent.end(text);
    const [answer] = await once(sent, 'response');
    const body = await json(answer);
    const [cookie = ''] = answer.headers['set-cookie']?.[0]?.split(';') ?? [];
    return { status: answer.statusCode, body: isObject(body) ? body : {}, cookie };
  }
}

interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly cookie: string;
}

/** One step after the other, as most customers do it. Returns the status of the payment. */
export async function buyOneByOne(url: string, who: Customer, sku: string): Promise<number> {
  const visit = new Visit(url, who);
  try {
    await visit.init();
    await visit.addItem(sku);
    await visit.applyDiscount('TEA2');
    return await visit.processPayment();
  } finally {
    visit.leave();
  }
}

/** A gift basket, and `gapMs` after it went off, while it is under way, a discount code. */
export async function buyInAHurry(url: string, who: Customer, gapMs: number): Promise<number> {
  const visit = new Visit(url, who);
  try {
    await visit.init();
    const adding = visit.addItem('gift-basket');
    await wait(gapMs);
    await Promise.all([adding, visit.applyDiscount('WELCOME5')]);
    return await visit.processPayment();
  } finally {
    visit.leave();
  }
}

/** A Visa number with a right Luhn digit. */
function cardNumber(number: number): string {
  const start = `4539${String(57_876_362_148 + number * 7919)
    .padStart(11, '0')
    .slice(-11)}`;
  const sum = [...start].reverse().reduce((total, digit, at) => {
    const weighted = Number(digit) * (at % 2 === 0 ? 2 : 1);
    return total + (weighted > 9 ? weighted - 9 : weighted);
  }, 0);
  return `${start}${(10 - (sum % 10)) % 10}`;
}

function jwt(claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`;
  return `${signed}.${createHmac('sha256', 'the key of the shop').update(signed).digest('base64url')}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

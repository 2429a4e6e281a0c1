import type { Cart, Carts } from './carts.ts';
import type { Inventory } from './inventory.ts';
import type { Lock } from './lock.ts';
import type { Pricing } from './pricing.ts';
import { discounts, findProduct } from './products.ts';

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export interface CheckoutParts {
  readonly carts: Carts;
  readonly inventory: Pick<Inventory, 'reserve'>;
  readonly pricing: Pick<Pricing, 'priceOf'>;
  readonly lock: Pick<Lock, 'hold'>;
}

type Fields = Readonly<Record<string, unknown>>;

/** Cart, inventory and payment of a shop, and between the first two of them a race. */
export class Checkout {
  readonly #parts: CheckoutParts;
  #customers = 0;

  constructor(parts: CheckoutParts) {
    this.#parts = parts;
  }

  /** Cart Initialization. */
  init({ email }: Fields): Answer & { readonly customer: number } {
    const customer = ++this.#customers;
    const id = `cart-${String(customer).padStart(5, '0')}`;
    this.#parts.carts.write({ id, email: String(email), lines: [], discounts: [], total: 0 });
    return { status: 200, body: { cart: id, email, total: 0 }, customer };
  }

  /**
   * Add Item: reserves the parts, reads the cart, finds out the price, writes the cart. Between the reading and the
   * writing others may write the same cart, and what they wrote is lost: that is the race.
   */
  async addItem({ cart: id, sku }: Fields): Promise<Answer> {
    const product = findProduct(sku);
    if (product === undefined) return { status: 422, body: { error: 'no such product' } };
    await this.#parts.inventory.reserve(product);
    return this.#change(id, async (cart) => {
      const cents = await this.#parts.pricing.priceOf(product);
      this.#parts.carts.book(cart.id, cents);
      return { ...cart, lines: [...cart.lines, { sku: product.sku, cents }], total: cart.total + cents };
    });
  }

  /** Apply Discount: reads the cart, takes the discount off, writes the cart. */
  async applyDiscount({ cart: id, code }: Fields): Promise<Answer> {
    const cents = discounts.get(code);
    if (cents === undefined) return { status: 422, body: { error: 'no such code' } };
    return this.#change(id, (cart) => {
      this.#parts.carts.book(cart.id, -cents);
      return {
        ...cart,
        discounts: [...cart.discounts, { code: String(code), cents }],
        total: cart.total - cents,
      };
    });
  }

  /** Process Payment: charges what was booked, if the cart agrees. */
  processPayment({ cart: id, card }: Fields): Answer {
    const cart = this.#parts.carts.read(String(id));
    if (cart === undefined) return { status: 404, body: { error: 'no such cart' } };
    const due = this.#parts.carts.due(cart.id);
    if (cart.total !== due)
      throw new Error(`the cart's total of ${cart.total} is not the ${due} that were booked`);
    const digits = String(card).replaceAll(/\D/g, '');
    if (!/^[3-6]\d{11,18}$/.test(digits)) return { status: 402, body: { error: 'card refused' } };
    return { status: 200, body: { paid: due, card: `**** ${digits.slice(-4)}`, receipt: cart.email } };
  }

  async #change(id: unknown, change: (cart: Cart) => Cart | Promise<Cart>): Promise<Answer> {
    return this.#parts.lock.hold(String(id), async () => {
      const cart = this.#parts.carts.read(String(id));
      if (cart === undefined) return { status: 404, body: { error: 'no such cart' } };
      const changed = await change(cart);
      this.#parts.carts.write(changed);
      return { status: 200, body: { cart: changed.id, lines: changed.lines.length, total: changed.total } };
    });
  }
}

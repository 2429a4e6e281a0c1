export interface Cart {
  readonly id: string;
  readonly email: string;
  readonly lines: readonly { readonly sku: string; readonly cents: number }[];
  readonly discounts: readonly { readonly code: string; readonly cents: number }[];
  /** Cents to pay. */
  readonly total: number;
}

/** The carts of the shop, and of each the journal of what was booked. */
export class Carts {
  readonly #carts = new Map<string, Cart>();
  readonly #journals = new Map<string, number[]>();

  read(id: string): Cart | undefined {
    return this.#carts.get(id);
  }

  write(cart: Cart): void {
    this.#carts.set(cart.id, cart);
  }

  /** Books cents: more to pay, or with a minus less. */
  book(id: string, cents: number): void {
    const journal = this.#journals.get(id) ?? [];
    this.#journals.set(id, [...journal, cents]);
  }

  /** What the bookings add up to. */
  due(id: string): number {
    return (this.#journals.get(id) ?? []).reduce((sum, cents) => sum + cents, 0);
  }
}

import { expect, test } from 'vitest';
import { Carts } from '../../../examples/checkout/service/carts.ts';
import { Checkout } from '../../../examples/checkout/service/checkout.ts';
import { Lock, noLock } from '../../../examples/checkout/service/lock.ts';

/** A shop whose inventory and pricing answer when the test says so. */
function shop(lock: Pick<Lock, 'hold'>) {
  const reserved = Promise.withResolvers<void>();
  const priced = Promise.withResolvers<void>();
  const checkout = new Checkout({
    carts: new Carts(),
    lock,
    inventory: { reserve: () => reserved.promise },
    pricing: { priceOf: (product) => priced.promise.then(() => product.price) },
  });
  checkout.init({ email: 'ann@mail.example' });
  return { checkout, reserved, priced };
}

const cart = 'cart-00001';
const card = '4539 5787 6362 1486';
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a discount that comes while the price is found out is lost, and the payment fails', async () => {
  const { checkout, reserved, priced } = shop(noLock);
  const adding = checkout.addItem({ cart, sku: 'gift-basket' });
  reserved.resolve();
  await turn();
  await checkout.applyDiscount({ cart, code: 'WELCOME5' });
  priced.resolve();
  await adding;
  expect(() => checkout.processPayment({ cart, card })).toThrow("the cart's total of 4800 is not the 4300");
});

test('a discount that comes while the parts are reserved is kept', async () => {
  const { checkout, reserved, priced } = shop(noLock);
  const adding = checkout.addItem({ cart, sku: 'gift-basket' });
  await checkout.applyDiscount({ cart, code: 'WELCOME5' });
  reserved.resolve();
  priced.resolve();
  await adding;
  expect(checkout.processPayment({ cart, card })).toMatchObject({ status: 200, body: { paid: 4300 } });
});

test('with the lock the discount waits for the item, and the payment succeeds', async () => {
  const { checkout, reserved, priced } = shop(new Lock());
  const adding = checkout.addItem({ cart, sku: 'gift-basket' });
  reserved.resolve();
  await turn();
  const discount = checkout.applyDiscount({ cart, code: 'WELCOME5' });
  priced.resolve();
  await Promise.all([adding, discount]);
  expect(checkout.processPayment({ cart, card })).toMatchObject({ status: 200, body: { paid: 4300 } });
});

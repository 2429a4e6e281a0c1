export interface Product {
  readonly sku: string;
  /** Cents. */
  readonly price: number;
  /** What is taken from stock for one piece, in order. */
  readonly parts: readonly string[];
  /** How many entries of the signed price list concern it, in units of `--work`. */
  readonly priceEntries: number;
}

const basketParts = [
  'basket',
  'ribbon',
  'card',
  'jam',
  'tea',
  'honey',
  'soap',
  'candle',
  'oil',
  'salt',
  'nuts',
  'wine',
];

/** A gift basket is put together from four parts, and what its price is takes a long list to find out. */
export const products: readonly Product[] = [
  { sku: 'mug', price: 1200, parts: ['mug'], priceEntries: 1 },
  { sku: 'tea', price: 650, parts: ['tea'], priceEntries: 1 },
  { sku: 'candle', price: 900, parts: ['candle'], priceEntries: 1 },
  { sku: 'gift-basket', price: 4800, parts: basketParts, priceEntries: 75 },
];

export function findProduct(sku: unknown): Product | undefined {
  return products.find((product) => product.sku === sku);
}

/** Cents that a discount code takes off. */
export const discounts: ReadonlyMap<unknown, number> = new Map([
  ['WELCOME5', 500],
  ['TEA2', 200],
]);

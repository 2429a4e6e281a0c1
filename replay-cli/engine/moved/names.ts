/** Names of fields as they are compared: `order_id`, `orderId` and `Order-Id` are one. */
export function plainName(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

/** `orders` → `order`, `categories` → `category`. Good enough to find `orderId` behind `/orders/`. */
export function singular(name: string): string {
  if (name.endsWith('ies')) return `${name.slice(0, -3)}y`;
  return name.endsWith('s') && !name.endsWith('ss') ? name.slice(0, -1) : name;
}

/**
 * The names under which a field may come back: its own, and its own behind what it belongs to (`id` of `cart`, or of an
 * answer of `/orders`, as `cartid` and `orderid`).
 */
export function namesOf(name: string, owners: readonly string[]): ReadonlySet<string> {
  const own = plainName(name);
  const names = new Set([own]);
  for (const owner of owners) {
    const plain = plainName(owner);
    if (plain !== '') names.add(singular(plain) + own);
  }
  names.delete('');
  return names;
}

/** Whether one of the names is one of the others. */
export function shareName(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  for (const name of a) if (b.has(name)) return true;
  return false;
}

const shortestEnding = 2;

/** Whether one name ends in another (`csrf_token` and `token`), which is enough for values that are no accident. */
export function nameEndsIn(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  for (const left of a) {
    for (const right of b) {
      const shorter = left.length < right.length ? left : right;
      const longer = left.length < right.length ? right : left;
      if (shorter.length >= shortestEnding && longer.endsWith(shorter)) return true;
    }
  }
  return false;
}

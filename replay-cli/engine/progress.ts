import type { PayloadId, Scope } from './port.ts';

/** Payloads sent before a run that its first ones may have to wait for. */
const looksBack = 256;

/** The last payloads before `from` that were sent, in their order. */
export function sentBefore(
  scope: Scope,
  sent: ReadonlySet<PayloadId>,
  from: PayloadId,
): readonly PayloadId[] {
  const before: PayloadId[] = [];
  let id = scope.before(from);
  while (id !== undefined && before.length < looksBack) {
    if (sent.has(id)) before.unshift(id);
    id = scope.before(id);
  }
  return before;
}

/** The first payload from `from` on that was not sent, and those behind it that were. */
export function unsentFrom(
  scope: Scope,
  sent: ReadonlySet<PayloadId>,
  from: PayloadId,
): { readonly next: PayloadId | undefined; readonly ahead: readonly PayloadId[] } {
  let next: PayloadId | undefined = from;
  while (next !== undefined && sent.has(next)) next = scope.after(next);
  if (next === undefined) return { next, ahead: [] };
  const border = scope.position(next);
  const ahead = [...sent].filter((id) => scope.position(id) > border);
  return { next, ahead: ahead.sort((a, b) => scope.position(a) - scope.position(b)) };
}

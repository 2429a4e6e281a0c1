import type { Tape } from '../../tape/reader.ts';
import type { PayloadId, Scope } from './port.ts';
import { endedBefore, type Span, spanOf } from './schedule/span.ts';

/** How far before a payload one is looked for that was still in flight when it started. */
const lookBack = 10_000;

/** The payloads whose recorded spans overlap with that of `id`, itself among them, in the order of their starts. */
export function overlapping(tape: Tape, scope: Scope, id: PayloadId): readonly PayloadId[] {
  const own = spanOf(tape.summary(id));
  const group: PayloadId[] = [];
  let before = scope.before(id);
  for (let steps = 0; before !== undefined && steps < lookBack; steps++) {
    const span = spanOf(tape.summary(before));
    if (inFlightAt(span, own)) group.unshift(before);
    before = scope.before(before);
  }
  group.push(id);
  for (let after = scope.after(id); after !== undefined; after = scope.after(after)) {
    const span = spanOf(tape.summary(after));
    if (!inFlightAt(own, span)) break;
    group.push(after);
  }
  return group;
}

/** Whether `earlier` was in flight when `later` started. What has no known end overlaps with nothing. */
function inFlightAt(earlier: Span, later: Span): boolean {
  return earlier.end !== undefined && !endedBefore(earlier, later);
}

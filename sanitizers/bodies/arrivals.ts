import type { Body } from '../../tape/exchange.ts';

/** A stretch of a body: its bytes before and after it was scrubbed. */
export type Stretch = readonly [before: number, after: number];

/**
 * The arrivals of a body whose stretches have become other ones. What came with the last byte of a stretch does so still;
 * within one, bytes are spread as they were.
 */
export function movedArrivals(arrivals: Body['arrivals'], stretches: readonly Stretch[]): Body['arrivals'] {
  const made: (readonly [at: number, bytes: number])[] = [];
  let index = 0;
  let [before, after] = [0, 0];
  let [came, told] = [0, 0];
  for (const [at, bytes] of arrivals) {
    came += bytes;
    for (
      let next = stretches[index];
      next !== undefined && before + next[0] <= came;
      next = stretches[index]
    ) {
      before += next[0];
      after += next[1];
      index++;
    }
    const [size, becomes] = stretches[index] ?? [1, 0];
    const until = after + Math.floor(((came - before) / size) * becomes);
    if (until > told) made.push([at, until - told]);
    told = Math.max(told, until);
  }
  return made;
}

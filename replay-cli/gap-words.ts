import { type Gap, gapCauses } from '../tape/gap.ts';

/**
 * The gaps by which a replay may differ. Bytes alone that were no exchange (what a probe left half-said, an answer that
 * nobody asked for) are none: where more of a connection was lost, that is told as a connection.
 */
export function gapsOfExchanges(gaps: readonly Gap[]): readonly Gap[] {
  return gaps.filter(
    ({ cause, unit }) =>
      unit !== 'bytes' ||
      (cause !== 'opaque' && cause !== 'malformed') ||
      gaps.some((other) => other.cause === cause && other.unit !== 'bytes'),
  );
}

/** Gaps in words, those of one cause together. */
export function gapWords(gaps: readonly Gap[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const gap of gaps) {
    const what = `${gap.unit} (${gapCauses[gap.cause]})`;
    counts.set(what, (counts.get(what) ?? 0) + gap.count);
  }
  return [...counts].map(([what, count]) => `${count} ${what}`);
}

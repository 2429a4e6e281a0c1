import { type Gap, gapCauses } from '../tape/gap.ts';

/** Gaps in words, those of one cause together. */
export function gapWords(gaps: readonly Gap[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const gap of gaps) {
    const what = `${gap.unit} (${gapCauses[gap.cause]})`;
    counts.set(what, (counts.get(what) ?? 0) + gap.count);
  }
  return [...counts].map(([what, count]) => `${count} ${what}`);
}

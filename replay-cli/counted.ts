/** A count with its noun: `1 hit`, `2 hits`, `1 batch`. The noun is given in the plural. */
export function counted(count: number, nouns: string): string {
  if (count !== 1) return `${count} ${nouns}`;
  return `${count} ${nouns.replace(/(?<=ch)es$|s$/, '')}`;
}

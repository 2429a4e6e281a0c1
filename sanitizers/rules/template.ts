/** The generators that a rule's `replace` may hold, with the detectors whose substitute each asks for first. */
export const generators: Readonly<Record<string, readonly string[]>> = {
  MOCK_TOKEN: ['jwt', 'bearer', 'basic', 'cookie'],
  MOCK_JWT: ['jwt'],
  MOCK_COOKIE: ['cookie'],
  MOCK_PASSWORD: ['password'],
  MOCK_CARD: ['card'],
  MOCK_EMAIL: ['email'],
  MOCK_VALUE: [],
};

export type TemplatePart =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'generator'; readonly detectors: readonly string[] }
  /** `$1`, `${name}`: what a group of the regex matched. */
  | { readonly kind: 'group'; readonly group: number | string };

const special = /\[(MOCK_[A-Z]+)\]|\$(\d{1,2})|\$\{(\w+)\}|\$\$/g;

/** Takes a rule's `replace` apart. `$$` stands for `$`; a `[MOCK_…]` that is no generator stands for itself. */
export function parseTemplate(replace: string): readonly TemplatePart[] {
  const parts: TemplatePart[] = [];
  let literal = '';
  let from = 0;
  const close = (): void => {
    if (literal !== '') parts.push({ kind: 'literal', text: literal });
    literal = '';
  };
  for (const match of replace.matchAll(special)) {
    literal += replace.slice(from, match.index);
    from = match.index + match[0].length;
    const [whole, generator, number, name] = match;
    const asked = generator === undefined ? undefined : generators[generator];
    if (asked !== undefined) {
      close();
      parts.push({ kind: 'generator', detectors: asked });
    } else if (number !== undefined || name !== undefined) {
      close();
      const group = name ?? number ?? '';
      parts.push({ kind: 'group', group: /^\d+$/.test(group) ? Number(group) : group });
    } else literal += whole === '$$' ? '$' : whole;
  }
  literal += replace.slice(from);
  close();
  return parts;
}

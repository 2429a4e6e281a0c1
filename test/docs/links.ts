/** A link of a Markdown page: its target as written, and where it stands. */
export interface Link {
  readonly target: string;
  readonly line: number;
}

/** The links and images of a Markdown page, those in code left out. */
export function linksOf(markdown: string): Link[] {
  return proseLines(markdown).flatMap((text, index) =>
    [...text.replace(/`[^`]*`/g, '').matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)].map((match) => ({
      target: match[1] ?? '',
      line: index + 1,
    })),
  );
}

/** The anchors of a page's headings, as GitHub makes them. */
export function anchorsOf(markdown: string): string[] {
  return proseLines(markdown).flatMap((text) => {
    const heading = /^#{1,6}\s+(.*)$/.exec(text)?.[1];
    if (heading === undefined) return [];
    const words = heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '');
    return [words.trim().replaceAll(/\s/g, '-')];
  });
}

/** The lines of a page, those inside code fences emptied. */
function proseLines(markdown: string): string[] {
  let fenced = false;
  return markdown.split('\n').map((text) => {
    const fence = /^\s*```/.test(text);
    if (fence) fenced = !fenced;
    return fence || fenced ? '' : text;
  });
}

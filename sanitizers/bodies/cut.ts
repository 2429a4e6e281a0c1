/**
 * How much of a text that was cut off at its end can be kept: up to the last white space, less numbers before
 * it, which may go on behind it. A secret that the cut went through is not recognised any more, so its beginning must not stay.
 */
export function safeLength(text: string): number {
  let end = wordStart(text, text.length);
  for (;;) {
    const trimmed = text.slice(0, end).trimEnd().length;
    const start = wordStart(text, trimmed);
    if (start === trimmed || !/^[\d.-]+$/.test(text.slice(start, trimmed))) return trimmed;
    end = start;
  }
}

function wordStart(text: string, end: number): number {
  let at = end;
  while (at > 0 && !/\s/.test(text[at - 1] ?? '')) at--;
  return at;
}

/** The same for a form: its last pair is left out. */
export function safeFormLength(text: string): number {
  return text.lastIndexOf('&') + 1;
}

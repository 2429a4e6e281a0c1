import type { Finding } from './port.ts';

/** A span of a text and what comes in its place. */
export interface Replacement extends Finding {
  readonly text: string;
}

/** Spans of one text that are taken; they never overlap. */
export class Taken {
  readonly #spans: Finding[] = [];

  constructor(spans: readonly Finding[] = []) {
    for (const span of spans) this.#insert(span);
  }

  /** Takes what of `span` is still free, and returns those pieces in order. */
  claim(span: Finding): readonly Finding[] {
    const free: Finding[] = [];
    let start = span.start;
    for (let at = this.#firstEndingAfter(span.start); at < this.#spans.length; at++) {
      const taken = this.#spans[at];
      if (taken === undefined || taken.start >= span.end) break;
      if (taken.start > start) free.push({ start, end: taken.start });
      start = Math.max(start, taken.end);
    }
    if (start < span.end) free.push({ start, end: span.end });
    for (const piece of free) this.#insert(piece);
    return free;
  }

  covers(span: Finding): boolean {
    const taken = this.#spans[this.#firstEndingAfter(span.start)];
    return taken !== undefined && taken.start <= span.start && taken.end >= span.end;
  }

  #insert(span: Finding): void {
    const last = this.#spans.at(-1);
    if (last === undefined || last.end <= span.start) this.#spans.push(span);
    else this.#spans.splice(this.#firstEndingAfter(span.start), 0, span);
  }

  #firstEndingAfter(position: number): number {
    let low = 0;
    let high = this.#spans.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#spans[middle]?.end ?? 0) > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** Puts replacements, in order and not overlapping, into a text. The text itself comes back where there are none. */
export function replaced(text: string, replacements: readonly Replacement[]): string {
  if (replacements.length === 0) return text;
  let made = '';
  let from = 0;
  for (const { start, end, text: by } of replacements) {
    made += text.slice(from, start) + by;
    from = end;
  }
  return made + text.slice(from);
}

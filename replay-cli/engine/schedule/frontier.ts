import { endedBefore, type Span } from './span.ts';

type Ended = Span & { readonly end: number };

/**
 * The exchanges of one session (or of a whole tape) of which a later one may still have to wait. Exchanges are added
 * in the order of their recorded starts, so what one request need not wait for, no later one needs to.
 */
export class Frontier {
  #spans: Span[] = [];

  add(span: Span): void {
    if (span.end !== undefined) this.#spans.push(span);
  }

  /**
   * The responses that had ended before `next` started, less those that ended before another of these started: whoever
   * waits for the rest has waited for them.
   */
  before(next: Span): readonly Ended[] {
    const ended: Ended[] = [];
    const open: Span[] = [];
    let lastStart = Number.NEGATIVE_INFINITY;
    for (const span of this.#spans) {
      if (!endedBefore(span, next)) {
        open.push(span);
        continue;
      }
      ended.push(span);
      if (span.start > lastStart) lastStart = span.start;
    }
    const latest = ended.filter((span) => span.end >= lastStart);
    this.#spans = [...latest, ...open];
    return latest;
  }
}

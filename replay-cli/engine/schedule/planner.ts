import type { PayloadId, Timing } from '../port.ts';
import { Frontier } from './frontier.ts';
import { endedBefore, type Span } from './span.ts';

/** What a request waits for: `gap` recorded nanoseconds after `event` of `on`. */
export interface Wait {
  readonly on: PayloadId;
  readonly event: 'start' | 'request_end' | 'end';
  readonly gap: number;
  /**
   * What the gap is counted from: `moment`, when it took place (requests of one client that overlap keep their
   * distance), or `clock`, when it would have without what came by chance (`chance.ts`), but not before it took place.
   */
  readonly from: 'moment' | 'clock';
}

/** A planned payload: it is due at the latest of its waits. */
export interface Plan {
  readonly span: Span;
  /** Empty for the first payload only. */
  readonly waits: readonly Wait[];
  /** The planned payloads whose recorded spans overlap with this one, of those that started before it. */
  readonly overlaps: readonly Span[];
}

/**
 * Finds out what each request waits for. Exchanges come in the order of their recorded starts, one at a time; what is
 * kept of them is what later ones may wait for, so a tape of any length can begin at once.
 *
 * `causal`: the responses of its session that had ended (see `Frontier`), the start of the request of its session that
 * was under way, the exchange before it on its connection, and the exchanges whose values it carries. A request that
 * waits for none of these is anchored to the start of the one before it that waits for none either, so that a slow
 * client shifts only itself.
 */
export class Planner {
  readonly #timing: Timing;
  readonly #whole = new Frontier();
  readonly #sessions = new Map<string, Frontier>();
  readonly #connections = new Map<number, Span>();
  #active: Span[] = [];
  #first: Span | undefined;
  #lastRoot: Span | undefined;

  constructor(timing: Timing) {
    this.#timing = timing;
  }

  /** `carriedFrom`: the exchanges whose values this one carries, ended before it started. */
  plan(span: Span, carriedFrom: readonly Span[]): Plan {
    this.#active = this.#active.filter((other) => !endedBefore(other, span));
    const overlaps = this.#active.filter((other) => other.end !== undefined);
    const waits = this.#timing === 'absolute' ? this.#clock(span) : this.#causes(span, carriedFrom);
    this.#remember(span);
    return { span, overlaps, waits: this.#timing === 'fast' ? waits.map(withoutGap) : waits };
  }

  #clock(span: Span): Wait[] {
    this.#first ??= span;
    return this.#first === span ? [] : [afterStart(this.#first, span, 'clock')];
  }

  #causes(span: Span, carriedFrom: readonly Span[]): Wait[] {
    const waits = new Map<PayloadId, Wait>();
    const add = (wait: Wait) => waits.set(wait.on, wait);
    const underWay = this.#active.findLast((other) => other.session === span.session);
    if (underWay !== undefined) add(afterStart(underWay, span, 'moment'));
    for (const before of this.#frontier(span.session).before(span)) add(afterEnd(before, span));
    const previous = span.multiplexed ? undefined : this.#connections.get(span.connection);
    if (previous !== undefined && !this.#isImplied(previous, span)) add(afterPrevious(previous, span));
    for (const source of carriedFrom) {
      if (endedBefore(source, span) && !this.#isImplied(source, span)) add(afterEnd(source, span));
    }
    if (waits.size > 0) return [...waits.values()];
    const root = this.#lastRoot;
    this.#lastRoot = span;
    return root === undefined ? [] : [afterStart(root, span, 'clock')];
  }

  /**
   * Whether waiting for the frontier of `next` is waiting for `before`, too: all of a session is ordered, and all of a
   * tape without sessions.
   */
  #isImplied(before: Span, next: Span): boolean {
    if (!endedBefore(before, next)) return false;
    return next.session === undefined ? this.#sessions.size === 0 : before.session === next.session;
  }

  #remember(span: Span): void {
    this.#active.push(span);
    this.#connections.set(span.connection, span);
    this.#whole.add(span);
    if (span.session !== undefined) this.#frontier(span.session).add(span);
  }

  #frontier(session: string | undefined): Frontier {
    if (session === undefined) return this.#whole;
    const known = this.#sessions.get(session);
    if (known !== undefined) return known;
    const made = new Frontier();
    this.#sessions.set(session, made);
    return made;
  }
}

function afterStart(before: Span, next: Span, from: Wait['from']): Wait {
  return { on: before.id, event: 'start', gap: next.start - before.start, from };
}

function afterEnd(before: Span & { readonly end: number }, next: Span): Wait {
  return { on: before.id, event: 'end', gap: next.start - before.end, from: 'clock' };
}

/** The request before this one on its connection: answered, or (pipelined) only sent. */
function afterPrevious(previous: Span, next: Span): Wait {
  if (endedBefore(previous, next)) return afterEnd(previous, next);
  const { requestEnd } = previous;
  if (requestEnd !== undefined && requestEnd <= next.start) {
    return { on: previous.id, event: 'request_end', gap: next.start - requestEnd, from: 'moment' };
  }
  return afterStart(previous, next, 'moment');
}

function withoutGap(wait: Wait): Wait {
  return { ...wait, gap: 0 };
}

import type { ExchangeWithBodies } from '../../../tape/exchange.ts';
import { Schemas } from '../../../wire/protobuf/schema.ts';
import { endedBefore, type Span, spanOf } from '../schedule/span.ts';
import { carriedBy } from './carried.ts';
import { issuedBy, routeWords } from './issued.ts';
import { comesFrom, type Source } from './rule.ts';
import type { Carried, Issued } from './values.ts';

/** A value of a request that a recorded response had brought, with the places it may have come from, best first. */
export interface Moving {
  readonly carried: Carried;
  readonly sources: readonly { readonly span: Span; readonly where: string }[];
}

interface Entry extends Source {
  readonly span: Span;
}

/** Bytes of values (with about as much again for what is kept of each) that are remembered. */
const defaultLimit = 32 * 1024 * 1024;
const entryOverhead = 400;
/** A value that is issued again and again keeps its first and its latest places. */
const placesAValue = 16;
const sourcesAValue = 4;

/**
 * The values that the recorded responses brought, so that requests which carry one are found. Exchanges are given in
 * the order of their recorded starts.
 */
export class IssuedIndex {
  readonly #schemas: Schemas;
  readonly #limit: number;
  readonly #entries = new Map<string, Entry[]>();
  /** Path segments that were requested before any response brought them: names of routes, not state. */
  readonly #constants = new Set<string>();
  readonly #taken = new Set<number>();
  readonly #moving = new Set<string>();
  #bytes = 0;
  /** Values that were forgotten for want of memory. */
  forgotten = 0;

  /** `schemas` are those of the messages of calls. */
  constructor(limit: number = defaultLimit, schemas = new Schemas()) {
    this.#schemas = schemas;
    this.#limit = limit;
  }

  /** Whether some request that was taken carries this value of a response: else its change is a difference like others. */
  moves(value: string): boolean {
    return this.#moving.has(value);
  }

  /** Finds what the request carries, then remembers what its response brings; the latter once. */
  take(recorded: ExchangeWithBodies): readonly Moving[] {
    const { exchange } = recorded;
    const span = spanOf(exchange);
    const moving: Moving[] = [];
    for (const carried of carriedBy(exchange.request, recorded.requestBody, this.#schemas)) {
      const found = this.#find(carried, span);
      if (found !== undefined) moving.push(found);
      else if (carried.kind === 'segment' && !this.#entries.has(carried.value))
        this.#constants.add(carried.value);
    }
    if (exchange.response !== undefined && span.end !== undefined && !this.#taken.has(exchange.id)) {
      this.#taken.add(exchange.id);
      this.#remember(recorded, span);
    }
    return moving;
  }

  #find(carried: Carried, span: Span): Moving | undefined {
    if (carried.kind === 'segment' && this.#constants.has(carried.value)) return undefined;
    const known = this.#entries.get(carried.value);
    if (known === undefined) return undefined;
    const fitting = known.filter((entry) => endedBefore(entry.span, span) && comesFrom(carried, entry));
    if (fitting.length === 0) return undefined;
    this.#moving.add(carried.value);
    fitting.sort((a, b) => rank(b, span) - rank(a, span) || (b.span.end ?? 0) - (a.span.end ?? 0));
    const sources = fitting
      .slice(0, sourcesAValue)
      .map((entry) => ({ span: entry.span, where: entry.issued.where }));
    return { carried, sources };
  }

  #remember({ exchange, responseBody }: ExchangeWithBodies, span: Span): void {
    if (exchange.response === undefined) return;
    const route = routeWords(exchange.request.head.target);
    const { request, response } = exchange;
    for (const issued of issuedBy(request.head, response.head, responseBody, this.#schemas)) {
      this.#add({ span, issued, route });
    }
    while (this.#bytes > this.#limit) this.#forgetOldest();
  }

  #add(entry: Entry): void {
    const { value } = entry.issued;
    const known = this.#entries.get(value);
    if (known === undefined) this.#entries.set(value, [entry]);
    else known.push(entry);
    if (known !== undefined && known.length > placesAValue) known.splice(1, 1);
    else this.#bytes += costOf(entry.issued);
  }

  #forgetOldest(): void {
    const [oldest] = this.#entries;
    if (oldest === undefined) return;
    const [value, entries] = oldest;
    this.#entries.delete(value);
    this.#bytes -= entries.reduce((sum, entry) => sum + costOf(entry.issued), 0);
    this.forgotten++;
  }
}

function rank(entry: Entry, span: Span): number {
  return span.session !== undefined && entry.span.session === span.session ? 1 : 0;
}

function costOf(issued: Issued): number {
  return 2 * (issued.value.length + issued.where.length) + entryOverhead;
}

import type { Ending } from '../../ledger/segment.ts';
import type { ExceptionType, Firing, Trigger } from '../triggers/index.ts';
import type { Flight } from './flight.ts';
import type { HeadFacts } from './head-facts.ts';
import type { Observation } from './observation.ts';

/**
 * Asks the triggers about the exchanges of one connection. What fires is told behind the segment in which it was found,
 * so that it stands in the ledger behind it.
 */
export class Firings {
  readonly #connection: number;
  readonly #observation: Observation;
  #due: (() => void)[] = [];

  constructor(connection: number, observation: Observation) {
    this.#connection = connection;
    this.#observation = observation;
  }

  /** The head of a final response is whole. Worth asking where `Observation.firesOn` says so. */
  onStatus(flight: Flight, status: number, response: HeadFacts): void {
    for (const trigger of this.#observation.triggers) {
      const firing = trigger.onStatus?.(status);
      if (firing === undefined) continue;
      this.#fire(flight, trigger, firing, this.#observation.sessionOf(flight, response));
      return;
    }
  }

  /** The service failed an exchange; without a flight it did so to a connection on which none was. */
  onException(flight: Flight | undefined, type: ExceptionType): void {
    for (const trigger of this.#observation.triggers) {
      const firing = trigger.onException?.(type);
      if (firing === undefined) continue;
      this.#fire(flight, trigger, firing, flight?.session);
      return;
    }
  }

  /** The service ended the connection while these were waiting. */
  onServiceEnd(how: Ending, waiting: Iterable<Flight>): void {
    const type = exceptionOf(how);
    if (type === undefined) return;
    let any = false;
    for (const flight of waiting) {
      any = true;
      if (!flight.ignored) this.onException(flight, type);
    }
    if (!any && type === 'refused') this.onException(undefined, type);
  }

  /** Asks `trigger` about what is late at `now`; `waiting` is in the order of starts. */
  sweep(trigger: Trigger, waiting: Iterable<Flight>, now: number): void {
    for (const flight of waiting) {
      if (now - flight.startedAt < (trigger.lateAfterMs ?? 0) * 1e6) break;
      if (flight.timedOut || flight.ignored) continue;
      flight.timedOut = true;
      const late = trigger.onLate?.();
      if (late !== undefined) this.#fire(flight, trigger, late, flight.session);
    }
  }

  /** Has `tell` called behind the segment at hand, in its turn. */
  behind(tell: () => void): void {
    this.#due.push(tell);
  }

  /** The segment is through: tells what fired in it. */
  tell(): void {
    if (this.#due.length === 0) return;
    const due = this.#due;
    this.#due = [];
    for (const tell of due) tell();
  }

  #fire(
    flight: Flight | undefined,
    trigger: Trigger,
    { outcome, detail }: Firing,
    session: string | undefined,
  ): void {
    const connection = this.#connection;
    const message = flight?.message ?? 0;
    const line = flight?.startLine;
    this.#due.push(() =>
      this.#observation.fire({ connection, message, line, session, trigger, outcome, detail }),
    );
  }
}

function exceptionOf(how: Ending): ExceptionType | undefined {
  switch (how) {
    case 'fin':
      return 'closed';
    case 'reset':
      return 'reset';
    case 'refused':
    case 'unreachable':
      return 'refused';
    case 'local':
      return undefined;
  }
}

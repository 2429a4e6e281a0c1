import type { Ending } from '../../ledger/segment.ts';
import type { ExceptionType, Firing, Trigger } from '../triggers/index.ts';
import type { Flight } from './flight.ts';
import type { Observation } from './observation.ts';

/**
 * Asks the triggers about the exchanges of one connection. What fires is told behind the segment in which it was found,
 * so that it stands in the ledger behind it.
 */
export class Firings {
  readonly #connection: number;
  readonly #observation: Observation;
  readonly #service: string | undefined;
  #due: (() => void)[] = [];

  /** `service`: of all exchanges on the connection, where not all connections go to the same one. */
  constructor(connection: number, observation: Observation, service?: string) {
    this.#connection = connection;
    this.#service = service;
    this.#observation = observation;
  }

  /** The head of a final response is whole. Worth asking where `Observation.firesOn` says so. */
  onStatus(flight: Flight, status: number): void {
    this.#ask(flight, (trigger) => trigger.onStatus?.(status));
  }

  /** A call ended with this code (0 to 16). */
  onGrpcStatus(flight: Flight, code: number): void {
    const schemas = this.#observation.schemasOf(flight.service ?? this.#service);
    if (schemas?.isDue) this.behind(() => schemas.seen());
    if (this.#observation.firesOnCode[code] !== 1) return;
    this.#ask(flight, (trigger) => trigger.onGrpcStatus?.(code), { ...flight.startLine, isCall: true });
  }

  /** The service failed an exchange; without a flight it did so to a connection on which none was. */
  onException(flight: Flight | undefined, type: ExceptionType): void {
    this.#ask(flight, (trigger) => trigger.onException?.(type));
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
      if (late !== undefined) this.#fire(flight, trigger, late);
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

  /** The first trigger that fires is the one that is told. */
  #ask(
    flight: Flight | undefined,
    about: (trigger: Trigger) => Firing | undefined,
    line = flight?.startLine,
  ): void {
    for (const trigger of this.#observation.triggers) {
      const firing = about(trigger);
      if (firing === undefined) continue;
      this.#fire(flight, trigger, firing, line);
      return;
    }
  }

  #fire(
    flight: Flight | undefined,
    trigger: Trigger,
    { outcome, detail }: Firing,
    line = flight?.startLine,
  ): void {
    const connection = this.#connection;
    const { message = 0, session } = flight ?? {};
    const service = flight?.service ?? this.#service;
    this.#due.push(() =>
      this.#observation.fire({ connection, message, service, line, session, trigger, outcome, detail }),
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

import type { TapeTime } from '../../../tape/exchange.ts';
import { lateMs, type OverlapReport, type Pair, type PayloadId, type ReplayTime } from '../port.ts';
import type { Plan } from './planner.ts';
import type { Span } from './span.ts';

const listed = 1000;
const toleranceMs = 1;
const nsPerMs = 1e6;
const sweepEvery = 1024;

interface Flight {
  readonly span: Span;
  sentAt: ReplayTime | undefined;
  ended: boolean;
  /** Milliseconds from when it was due to when it was sent. */
  sendError: number;
  /** Whether anything overlapped with it on the tape. */
  overlapped: boolean;
  /** Those that overlapped with it and were not compared with it yet; dropped once it is sent. */
  partners: Flight[];
  /** How many of its pairs were not compared yet. */
  open: number;
}

/** Compares what was in flight at once on the tape with what is in this pass; each pair once, when its second is sent. */
export class OverlapTracker {
  readonly #speed: number;
  readonly #flights = new Map<PayloadId, Flight>();
  readonly #lost: Pair[] = [];
  readonly #moved: (Pair & { byMs: number })[] = [];
  #planned = 0;
  #kept = 0;
  #lostCount = 0;
  #earliestLost: OverlapReport['earliestLost'];
  #earliestLate: OverlapReport['earliestLate'];
  #movedCount = 0;
  #movedMostMs = 0;

  constructor(speed: number) {
    this.#speed = speed;
  }

  planned(plan: Plan): void {
    this.#planned++;
    if (this.#planned % sweepEvery === 0) this.#sweep(plan.span.start);
    const flight: Flight = {
      span: plan.span,
      sentAt: undefined,
      ended: false,
      sendError: 0,
      overlapped: false,
      partners: [],
      open: 0,
    };
    this.#flights.set(plan.span.id, flight);
    for (const span of plan.overlaps) {
      const other = this.#flights.get(span.id);
      if (other === undefined) continue;
      flight.partners.push(other);
      flight.overlapped = true;
      other.overlapped = true;
      this.#judgeLate(other);
      flight.open++;
      other.open++;
      if (other.sentAt === undefined) other.partners.push(flight);
    }
  }

  /** `due`: when it should have been. */
  sent(id: PayloadId, at: ReplayTime, due: ReplayTime): void {
    const flight = this.#flights.get(id);
    if (flight === undefined) return;
    flight.sentAt = at;
    flight.sendError = at - due;
    this.#judgeLate(flight);
    for (const other of flight.partners) {
      if (other.sentAt === undefined) continue;
      this.#compare(other, flight, at - other.sentAt);
      other.open--;
      flight.open--;
    }
    flight.partners = [];
  }

  ended(id: PayloadId): void {
    const flight = this.#flights.get(id);
    if (flight !== undefined) flight.ended = true;
  }

  report(): OverlapReport {
    return {
      recorded: this.#kept + this.#lostCount,
      kept: this.#kept,
      lostCount: this.#lostCount,
      lost: this.#lost,
      ...(this.#earliestLost === undefined ? {} : { earliestLost: this.#earliestLost }),
      ...(this.#earliestLate === undefined ? {} : { earliestLate: this.#earliestLate }),
      movedCount: this.#movedCount,
      moved: this.#moved,
      movedMostMs: this.#movedMostMs,
    };
  }

  #compare(earlier: Flight, later: Flight, gap: number): void {
    const pair = { first: earlier.span.id, second: later.span.id };
    if (earlier.ended) {
      this.#lose(pair, Math.max(earlier.span.start, later.span.start));
      return;
    }
    this.#kept++;
    const byMs = gap - (later.span.start - earlier.span.start) / nsPerMs / this.#speed;
    if (Math.abs(byMs) <= toleranceMs) return;
    this.#movedCount++;
    this.#movedMostMs = Math.max(this.#movedMostMs, Math.abs(byMs));
    if (this.#moved.length < listed) this.#moved.push({ ...pair, byMs });
  }

  #judgeLate({ span: { id, start }, sendError, overlapped }: Flight): void {
    if (!overlapped || sendError <= lateMs) return;
    if (this.#earliestLate === undefined || start < this.#earliestLate.began)
      this.#earliestLate = { id, byMs: sendError, began: start };
  }

  /** `began`: when the second of them started on the tape. */
  #lose(pair: Pair, began: TapeTime): void {
    this.#lostCount++;
    if (this.#lost.length < listed) this.#lost.push(pair);
    if (this.#earliestLost === undefined || began < this.#earliestLost.began)
      this.#earliestLost = { ...pair, began };
  }

  /** Forgets those that are over and that nothing planned from now on can overlap with. */
  #sweep(recordedNow: number): void {
    for (const [id, flight] of this.#flights) {
      const { end } = flight.span;
      const over = end === undefined || end <= recordedNow;
      if (over && flight.ended && flight.open === 0) this.#flights.delete(id);
    }
  }
}

import type { TapeTime } from '../../../tape/exchange.ts';
import type { OverlapReport, Pair, PayloadId, ReplayTime } from '../port.ts';
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
  #movedCount = 0;
  #movedMostMs = 0;

  constructor(speed: number) {
    this.#speed = speed;
  }

  planned(plan: Plan): void {
    this.#planned++;
    if (this.#planned % sweepEvery === 0) this.#sweep(plan.span.start);
    const flight: Flight = { span: plan.span, sentAt: undefined, ended: false, partners: [], open: 0 };
    this.#flights.set(plan.span.id, flight);
    for (const span of plan.overlaps) {
      const other = this.#flights.get(span.id);
      if (other === undefined) continue;
      flight.partners.push(other);
      flight.open++;
      other.open++;
      if (other.sentAt === undefined) other.partners.push(flight);
    }
  }

  sent(id: PayloadId, at: ReplayTime): void {
    const flight = this.#flights.get(id);
    if (flight === undefined) return;
    flight.sentAt = at;
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

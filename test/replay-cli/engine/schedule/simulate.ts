import type { OverlapReport, Timing } from '../../../../replay-cli/engine/port.ts';
import { Agenda } from '../../../../replay-cli/engine/schedule/agenda.ts';
import { DueQueue } from '../../../../replay-cli/engine/schedule/due-queue.ts';
import { OverlapTracker } from '../../../../replay-cli/engine/schedule/overlap.ts';
import { Planner } from '../../../../replay-cli/engine/schedule/planner.ts';
import type { Span } from '../../../../replay-cli/engine/schedule/span.ts';

const nsPerMs = 1e6;

/** A recorded exchange in milliseconds. */
export interface Recorded {
  readonly start: number;
  /** Absent: its end is not known. */
  readonly end?: number;
  readonly requestEnd?: number;
  readonly session?: string;
  readonly connection?: number;
  /** The connection is one of HTTP/2. */
  readonly multiplexed?: boolean;
  /** Numbers of the exchanges whose values it carries, from 1. */
  readonly carries?: readonly number[];
}

export interface Simulated {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly overlap: OverlapReport;
}

/** Replays exchanges, in the order of their starts, on a clock of its own. `duration` says how long the target takes. */
export function simulate(
  recorded: readonly Recorded[],
  options: {
    readonly timing?: Timing;
    readonly speed?: number;
    readonly duration?: (number: number) => number;
    /** How late the player sends, milliseconds. */
    readonly late?: (number: number) => number;
  } = {},
): Simulated {
  const { timing = 'causal', speed = 1 } = options;
  const spans = recorded.map((one, index) => spanOf(one, index));
  const late = options.late ?? (() => 0);
  const lengthOf = options.duration ?? ((number: number) => durationOf(recorded[number - 1]) / speed);
  const planner = new Planner(timing);
  const agenda = new Agenda({ speed, last: spans.length, keepsClock: timing !== 'fast' });
  agenda.begin(0);
  const overlap = new OverlapTracker(speed);
  spans.forEach((span, index) => {
    const plan = planner.plan(
      span,
      (recorded[index]?.carries ?? []).map((number) => spans[number - 1]!),
    );
    overlap.planned(plan);
    agenda.add(plan);
  });
  const starts: number[] = new Array(spans.length).fill(Number.NaN);
  const ends: number[] = new Array(spans.length).fill(Number.NaN);
  const flying = new DueQueue<number>();
  for (;;) {
    const next = agenda.peek();
    const landing = flying.peek();
    if (next === undefined && landing === undefined) break;
    const nextAt = next === undefined ? Number.POSITIVE_INFINITY : next.due + late(next.plan.span.id);
    if (landing !== undefined && landing.due <= nextAt) {
      flying.take();
      ends[landing.item - 1] = landing.due;
      overlap.ended(landing.item);
      agenda.ended(landing.item, landing.due);
    } else if (next !== undefined) {
      agenda.take();
      const { id } = next.plan.span;
      const requestLength =
        ((spans[id - 1]?.requestEnd ?? 0) - (spans[id - 1]?.start ?? 0)) / nsPerMs / speed;
      starts[id - 1] = nextAt;
      overlap.sent(id, nextAt, next.due);
      agenda.started(id, nextAt);
      agenda.written(id, nextAt + requestLength);
      flying.push(nextAt + lengthOf(id), id);
    }
  }
  return { starts, ends, overlap: overlap.report() };
}

export function durationOf(one: Recorded | undefined): number {
  return one?.end === undefined ? 0 : one.end - one.start;
}

export function spanOf(one: Recorded, index: number): Span {
  return {
    id: index + 1,
    connection: one.connection ?? index + 1,
    multiplexed: one.multiplexed ?? false,
    session: one.session,
    start: one.start * nsPerMs,
    requestEnd: (one.requestEnd ?? one.start) * nsPerMs,
    end: one.end === undefined ? undefined : one.end * nsPerMs,
  };
}

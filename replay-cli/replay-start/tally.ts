import type { Difference, PayloadId, ReplayEvent, VerdictMark } from '../engine/port.ts';
import { Findings } from '../engine/verdict/findings.ts';

/** Differences that are listed of a whole replay; the rest is counted. */
const listed = 200;

/** Milliseconds that payloads were sent too late (or too early), by rank. */
export interface SendErrors {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** Differences between recorded and replayed responses. */
export interface DifferenceTally {
  readonly listed: readonly (Difference & { readonly payload: PayloadId })[];
  /** Differences that count, listed or not, and the payloads that have them. */
  readonly count: number;
  readonly payloads: number;
  /** Differences that say nothing, by why. */
  readonly noise: Readonly<Record<string, number>>;
}

/** Follows a replay's events and keeps what the report needs, bounded whatever the tape's length. */
export class Tally {
  readonly findings: Findings;
  readonly #errors: number[] = [];
  readonly #listed: (Difference & { payload: PayloadId })[] = [];
  readonly #noise: Record<string, number> = {};
  #differences = 0;
  #differing = 0;
  #replaced = 0;
  sent = 0;
  received = 0;

  constructor(marks: readonly VerdictMark[]) {
    this.findings = new Findings(marks);
  }

  take(event: ReplayEvent): void {
    switch (event.kind) {
      case 'sent':
        this.sent++;
        this.#errors.push(Math.abs(event.sendError));
        this.#replaced += event.replaced.filter(({ by }) => by.kind !== 'pace').length;
        break;
      case 'skipped':
        this.findings.skip(event);
        break;
      case 'received':
        this.received++;
        this.findings.take(event.result);
        this.#takeDifferences(event.result.id, event.result.differences);
        break;
      default:
    }
  }

  /** Values that were replaced in requests. */
  get replaced(): number {
    return this.#replaced;
  }

  sendErrors(): SendErrors {
    const errors = Float64Array.from(this.#errors).sort();
    const rank = (part: number) => errors[Math.min(errors.length - 1, Math.floor(errors.length * part))] ?? 0;
    return { count: errors.length, p50: rank(0.5), p90: rank(0.9), p99: rank(0.99), max: rank(1) };
  }

  differences(): DifferenceTally {
    const byPayload = this.#listed.toSorted((a, b) => a.payload - b.payload);
    return { listed: byPayload, count: this.#differences, payloads: this.#differing, noise: this.#noise };
  }

  #takeDifferences(payload: PayloadId, differences: readonly Difference[]): void {
    let counting = 0;
    for (const difference of differences) {
      if (difference.noise !== undefined) {
        this.#noise[difference.noise] = (this.#noise[difference.noise] ?? 0) + 1;
        continue;
      }
      counting++;
      if (this.#listed.length < listed) this.#listed.push({ payload, ...difference });
    }
    this.#differences += counting;
    if (counting > 0) this.#differing++;
  }
}

import type { Difference, Over, PayloadId, ReplayEvent, VerdictMark } from '../engine/port.ts';
import { Findings } from '../engine/verdict/findings.ts';

/** Differences that are listed of a whole replay; the rest is counted. */
const listed = 200;
/** Reasons that are told apart. */
const reasonsListed = 10;

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
  readonly #over: Record<Over['client'], number> = { http1: 0, http2: 0, grpc: 0, websocket: 0 };
  readonly #asBytes = new Map<string, number>();
  #unmet = 0;
  sent = 0;
  received = 0;

  constructor(marks: readonly VerdictMark[]) {
    this.findings = new Findings(marks);
  }

  take(event: ReplayEvent): void {
    switch (event.kind) {
      case 'sent':
        this.sent++;
        this.#takeOver(event.over);
        this.#errors.push(Math.abs(event.sendError));
        this.#replaced += event.replaced.filter(({ by }) => by.kind !== 'pace').length;
        break;
      case 'skipped':
        this.findings.skip(event);
        break;
      case 'received':
        this.received++;
        this.findings.take(event.result);
        this.#unmet += event.result.unmet;
        this.#takeDifferences(event.result.id, event.result.differences);
        break;
      default:
    }
  }

  /** Payloads by what sent them. */
  get over(): Readonly<Record<Over['client'], number>> {
    return this.#over;
  }

  /** Why calls were sent as recorded bytes instead of by grpc-js, with how many. */
  get asBytes(): readonly { readonly why: string; readonly count: number }[] {
    return [...this.#asBytes].map(([why, count]) => ({ why, count }));
  }

  /** Messages that went out although what the recorded client had received before had not come. */
  get unmet(): number {
    return this.#unmet;
  }

  /** Values that were replaced in requests. */
  get replaced(): number {
    return this.#replaced;
  }

  #takeOver({ client, why }: Over): void {
    this.#over[client]++;
    if (why === undefined) return;
    const told = this.#asBytes.has(why) || this.#asBytes.size < reasonsListed ? why : 'other reasons';
    this.#asBytes.set(told, (this.#asBytes.get(told) ?? 0) + 1);
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

import { closeIn } from '../../../wire/websocket/close.ts';
import { callEndText } from '../call-end.ts';
import { closeText } from '../diff/websocket-messages.ts';
import {
  type CallEnd,
  type Late,
  lateMs,
  type PayloadId,
  type PayloadResult,
  type RecordedEnd,
  type Skipped,
  type VerdictMark,
} from '../port.ts';
import { type EndClass, endedAsMarked, outcomeClass, recordedClass } from './status-class.ts';

/** How a marked payload ended in this replay. */
export interface MarkedEnd {
  readonly mark: VerdictMark;
  /** Undefined where its mark does not say enough to tell. This and all below are absent where it had no result. */
  readonly asMarked?: boolean | undefined;
  readonly endClass?: EndClass;
  readonly leftClass?: boolean;
  /** The target refused the connection. */
  readonly refused?: boolean;
  /** In words: `500 Internal Server Error`, `reset`. */
  readonly end?: string;
}

/** A payload that left its recorded status class. */
export interface Departure {
  readonly id: PayloadId;
  readonly recorded: string;
  readonly replayed: string;
  /** The target refused the connection. */
  readonly refused: boolean;
}

/** What a pass brought to light, as far as the verdict needs it: bounded, whatever the tape's length. */
export interface FoundSoFar {
  readonly marked: readonly MarkedEnd[];
  /** The one with the lowest id that is no marked payload's; and how many there are. */
  readonly departure: Departure | undefined;
  readonly departures: number;
  /** Payloads answered 401 or 403 (UNAUTHENTICATED, PERMISSION_DENIED) where the tape has neither. */
  readonly unauthorised: { readonly count: number; readonly first: PayloadId | undefined };
  /** Payloads that carried a value which no response brought anew. */
  readonly missing: { readonly count: number; readonly first: PayloadId | undefined; readonly where: string };
  /** Payloads that could not be sent; the first is the one with the lowest id. */
  readonly skipped: { readonly count: number; readonly first: Skipped | undefined };
  /** Messages of streams up to the last mark that went out before an answer which had come before them on the tape. */
  readonly sentAhead: { readonly count: number; readonly first: PayloadId | undefined };
  /** Of the streams up to the last mark, the first of which a message was sent over `lateMs` after it was due. */
  readonly lateMessage: Late | undefined;
  /** The most by which any message of a stream was sent late, milliseconds. */
  readonly messageLateMs: number;
  /** The payload with the lowest id whose answer differed, and where. */
  readonly differed: { readonly id: PayloadId; readonly where: string } | undefined;
  readonly received: number;
}

/** Collects what the verdict needs from the results as they come, in any order. */
export class Findings {
  readonly #marks: readonly VerdictMark[];
  readonly #ends = new Map<VerdictMark, MarkedEnd>();
  #departure: Departure | undefined;
  #departures = 0;
  #unauthorised = { count: 0, first: undefined as PayloadId | undefined };
  #missing = { count: 0, first: undefined as PayloadId | undefined, where: '' };
  #skipped = { count: 0, first: undefined as Skipped | undefined };
  #sentAhead = { count: 0, first: undefined as PayloadId | undefined };
  #lateMessage: Late | undefined;
  #messageLateMs = 0;
  #differed: FoundSoFar['differed'];
  #received = 0;

  constructor(marks: readonly VerdictMark[]) {
    this.#marks = marks;
  }

  skip(skipped: Skipped): void {
    this.#skipped.count++;
    if (this.#skipped.first === undefined || skipped.id < this.#skipped.first.id)
      this.#skipped.first = skipped;
  }

  take(result: PayloadResult): void {
    this.#received++;
    this.#takeMarks(result);
    this.#takeSentAhead(result);
    this.#takeLate(result);
    this.#takeDifference(result);
    if (result.leftClass) this.#depart(result);
    if (
      isRefusal(result) &&
      !isRefusalStatus(result.recorded.status) &&
      !isRefusedCall(result.recorded.call)
    ) {
      this.#unauthorised.count++;
      this.#unauthorised.first = Math.min(this.#unauthorised.first ?? result.id, result.id);
    }
    const [where] = result.missing;
    if (where === undefined) return;
    this.#missing.count++;
    if (this.#missing.first === undefined || result.id < this.#missing.first) {
      this.#missing.first = result.id;
      this.#missing.where = where;
    }
  }

  found(): FoundSoFar {
    return {
      marked: this.#marks.map((mark) => this.#ends.get(mark) ?? { mark }),
      departure: this.#departure,
      departures: this.#departures,
      unauthorised: this.#unauthorised,
      missing: this.#missing,
      skipped: this.#skipped,
      sentAhead: this.#sentAhead,
      lateMessage: this.#lateMessage,
      messageLateMs: this.#messageLateMs,
      differed: this.#differed,
      received: this.#received,
    };
  }

  #takeMarks(result: PayloadResult): void {
    for (const mark of this.#marks) {
      if (mark.exchange !== result.id) continue;
      const took = result.endAt - result.sentAt;
      const asMarked = endedAsMarked(mark, result.recorded, result.outcome, took);
      const endClass = outcomeClass(result.outcome, result.recorded.call !== undefined);
      const { leftClass } = result;
      const refused = wasRefused(result);
      this.#ends.set(mark, { mark, asMarked, endClass, leftClass, refused, end: describe(result) });
    }
  }

  #takeSentAhead({ id, unmet }: PayloadResult): void {
    if (unmet === 0 || !this.#marks.some((mark) => id <= mark.exchange)) return;
    this.#sentAhead.count += unmet;
    this.#sentAhead.first = Math.min(this.#sentAhead.first ?? id, id);
  }

  #takeDifference({ id, differences }: PayloadResult): void {
    const first = differences.find(({ noise }) => noise === undefined);
    if (first !== undefined && (this.#differed === undefined || id < this.#differed.id))
      this.#differed = { id, where: first.where };
  }

  #takeLate({ id, messageLateMs }: PayloadResult): void {
    this.#messageLateMs = Math.max(this.#messageLateMs, messageLateMs);
    if (messageLateMs <= lateMs || !this.#marks.some((mark) => id <= mark.exchange)) return;
    if (this.#lateMessage === undefined || id < this.#lateMessage.id)
      this.#lateMessage = { id, byMs: messageLateMs };
  }

  #depart(result: PayloadResult): void {
    if (this.#marks.some((mark) => mark.exchange === result.id)) return;
    this.#departures++;
    if (this.#departure !== undefined && this.#departure.id < result.id) return;
    this.#departure = {
      id: result.id,
      recorded: describeRecorded(result.recorded),
      replayed: describe(result),
      refused: wasRefused(result),
    };
  }
}

function describeRecorded(end: RecordedEnd): string {
  if (end.call !== undefined && end.call !== 'unknown') return `${end.call.name} (${end.call.code})`;
  if (end.closeCode !== undefined) return `closed ${end.closeCode}`;
  return end.status?.toString() ?? recordedClass(end) ?? 'no response';
}

function describe({ outcome }: PayloadResult): string {
  if (outcome.kind === 'failure') return outcome.failure;
  if (outcome.call !== undefined)
    return outcome.call === 'unknown' ? 'a call without a status' : callEndText(outcome.call);
  const { head, frames, body } = outcome;
  const closed = frames && closeText(closeIn(frames, body));
  if (closed !== undefined) return `closed ${closed}`;
  const { status, reason } = head;
  return reason === '' ? String(status) : `${status} ${reason}`;
}

function wasRefused({ outcome }: PayloadResult): boolean {
  return outcome.kind === 'failure' && outcome.failure === 'refused';
}

function isRefusal({ outcome }: PayloadResult): boolean {
  if (outcome.kind === 'failure') return false;
  return isRefusalStatus(outcome.head.status) || isRefusedCall(outcome.call);
}

function isRefusedCall(call: CallEnd | undefined): boolean {
  return call !== undefined && call !== 'unknown' && /^(UNAUTHENTICATED|PERMISSION_DENIED)$/.test(call.name);
}

function isRefusalStatus(status: number | undefined): boolean {
  return status === 401 || status === 403;
}

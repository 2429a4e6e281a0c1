import type { Exchange, TapeTime } from '../../../tape/exchange.ts';
import type { PayloadId } from '../port.ts';

/** What the schedule knows of an exchange. Times as recorded. */
export interface Span {
  readonly id: PayloadId;
  readonly connection: number;
  readonly session: string | undefined;
  /** Its connection carries others at the same time: none of them waits for another on that account. */
  readonly multiplexed: boolean;
  readonly start: TapeTime;
  readonly requestEnd: TapeTime | undefined;
  /** Absent where the end is not known: nothing waits for it, and nothing is known to overlap it. */
  readonly end: TapeTime | undefined;
}

/** What a span is made from: an exchange, or what the index has of one. */
export type Timed = Pick<
  Exchange,
  'id' | 'connection' | 'session' | 'protocol' | 'times' | 'triggers' | 'failedAt'
>;

export function spanOf(exchange: Timed): Span {
  return {
    id: exchange.id,
    connection: exchange.connection,
    session: exchange.session,
    multiplexed: exchange.protocol === 'http/2',
    start: exchange.times.requestStart,
    requestEnd: exchange.times.requestEnd,
    end: recordedEnd(exchange),
  };
}

/** When the client knew how its request ended: the response's end, or the failure where the tape has its time. */
function recordedEnd(exchange: Timed): TapeTime | undefined {
  if (exchange.times.responseEnd !== undefined) return exchange.times.responseEnd;
  if (exchange.failedAt !== undefined) return exchange.failedAt;
  const mark = exchange.triggers?.find((trigger) => trigger.trigger === 'on_exception');
  return mark?.at;
}

/** Whether `a` had ended when `b` started. */
export function endedBefore(a: Span, b: Span): a is Span & { readonly end: TapeTime } {
  return a.end !== undefined && a.end <= b.start;
}

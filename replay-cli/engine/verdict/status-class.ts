import { parseDuration } from '../../../program/quantity.ts';
import type { ResponseHead, TriggerMark } from '../../../tape/exchange.ts';
import { internalError } from '../../../wire/websocket/close.ts';
import { codeClass } from '../call-end.ts';
import type { CallEnd, Outcome, RecordedEnd } from '../port.ts';
import { closeClass, closeCodeOf } from '../socket-end.ts';

/**
 * How an exchange ended, as far as verdicts tell one end from another: `2xx`, or a failure. A call is of the class that
 * its code stands for: OK is `2xx`, what `on_status` fires on `5xx`, all else `4xx`. A WebSocket is of that of its close.
 */
export type EndClass = '1xx' | '2xx' | '3xx' | '4xx' | '5xx' | 'failure';

/** The class that the tape has; undefined where it does not know how the exchange ended for the service's part. */
export function recordedClass({ failure, status, call, closeCode }: RecordedEnd): EndClass | undefined {
  switch (failure) {
    case 'service_reset':
    case 'service_closed':
    case 'service_refused':
    case 'service_rst':
      return 'failure';
    default:
      if (call !== undefined) return call === 'unknown' ? undefined : codeClass(call.code);
      return status === undefined ? undefined : (closeClass(status, closeCode) ?? statusClass(status));
  }
}

/** `isCall`: its end is not told by the status of its head. */
export function outcomeClass(outcome: Outcome, isCall = false): EndClass {
  const left = isCall ? undefined : leftHead(outcome);
  if (left !== undefined) return statusClass(left.status);
  if (outcome.kind === 'failure' || outcome.call === 'unknown') return 'failure';
  if (outcome.call !== undefined) return codeClass(outcome.call.code);
  return closeClass(outcome.head.status, closeCodeOf(outcome)) ?? statusClass(outcome.head.status);
}

/** The head of an answer that we left before its end, as the recorded client did. */
export function leftHead(outcome: Outcome): ResponseHead | undefined {
  return outcome.kind === 'failure' && outcome.failure === 'cancelled' ? outcome.head : undefined;
}

function sameStatus({ head, call }: Extract<Outcome, { kind: 'response' }>, recorded: RecordedEnd): boolean {
  return recorded.call === undefined
    ? head.status === recorded.status
    : codeOf(call) === codeOf(recorded.call);
}

function codeOf(call: CallEnd | undefined): number | undefined {
  return call === undefined || call === 'unknown' ? undefined : call.code;
}

/** A stream that the service resets is a reset to the triggers, like a connection. */
function exceptionOf(failure: Extract<Outcome, { kind: 'failure' }>['failure']): string {
  return failure === 'rst' ? 'reset' : failure;
}

function statusClass(status: number): EndClass {
  if (status < 200) return '1xx';
  if (status < 300) return '2xx';
  if (status < 400) return '3xx';
  return status < 500 ? '4xx' : '5xx';
}

/**
 * Whether a replayed payload ended as its trigger's mark says: the same status (of a call the same code) or the same
 * exception; for `on_timeout`, not whole by then. Method and route are those of the tape, so that this is all of the
 * fingerprint that can differ. Undefined where the mark does not say the limit. `tookMs`: from sending to the end.
 */
export function endedAsMarked(
  mark: TriggerMark,
  recorded: RecordedEnd,
  outcome: Outcome,
  tookMs: number,
): boolean | undefined {
  switch (mark.trigger) {
    case 'on_status':
    case 'on_grpc_status':
      if (outcome.kind === 'response') return sameStatus(outcome, recorded);
      return recorded.call === undefined && leftHead(outcome)?.status === (recorded.status ?? 0);
    case 'on_exception':
      return mark.detail === 'internal_error'
        ? closeCodeOf(outcome) === internalError
        : outcome.kind === 'failure' && exceptionOf(outcome.failure) === mark.detail;
    case 'on_timeout': {
      const limitMs = parseDuration(mark.detail ?? '');
      return limitMs === undefined ? undefined : tookMs >= limitMs;
    }
    case 'manual':
      return outcomeClass(outcome, recorded.call !== undefined) === recordedClass(recorded);
  }
}

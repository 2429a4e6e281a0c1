import type { Exchange, TapeTime } from '../../../../tape/exchange.ts';
import { fieldValue } from '../../../../wire/http1/head.ts';
import { cancelCode } from './outlet.ts';
import type { Receipts, UnmetStep } from './script.ts';

/** Things closer together than this, nanoseconds, are sent at once. */
export const togetherNs = 50_000;

/**
 * When a request ends; undefined where its client gave it up, or the tape does not say. One that the service did not let
 * come to its end, since it had answered or reset the stream, ends where that happened: a service that does let it must
 * not wait for more for ever.
 */
export function endOfRequest({ failure, failedAt, times }: Exchange): TapeTime | undefined {
  if (times.requestEnd !== undefined) return times.requestEnd;
  if (failure === undefined) return times.responseEnd;
  return failure.startsWith('service_') ? failedAt : undefined;
}

/** Ends a request behind its steps: with the last piece where it came with it. */
export function addEnd(steps: UnmetStep[], requestEnd: TapeTime, hasTrailers: boolean): void {
  const last = steps.at(-1);
  if (last?.act.kind === 'data' && !hasTrailers && requestEnd - last.at <= togetherNs) {
    steps[steps.length - 1] = { ...last, act: { ...last.act, end: true } };
    return;
  }
  steps.push({ at: Math.max(requestEnd, last?.at ?? requestEnd), act: { kind: 'end' }, messages: 0 });
}

/** Adds the moment when the recorded client gave the stream up, if it did. */
export function addGivingUp(steps: UnmetStep[], { failure, rst, times, failedAt, response }: Exchange): void {
  const last = steps.at(-1)?.at ?? times.requestStart;
  const at = Math.max(last, failedAt ?? last);
  if (failure === 'client_rst') {
    steps.push({ at, act: { kind: 'reset', code: rst ?? cancelCode }, messages: 0 });
    return;
  }
  if (failure === 'in_flight' && times.requestEnd === undefined) {
    // The tape ends before the client did. What came until then is awaited, and nothing more.
    steps.push({
      at: Math.max(at, lastReceived(response) ?? at) + 1,
      act: { kind: 'reset', code: cancelCode },
      messages: 0,
    });
    return;
  }
  // Where the tape does not say when, a client that had sent all may as well have been there until the end.
  const isKnown = failedAt !== undefined || times.requestEnd === undefined;
  if (failure === 'client_gone' && isKnown) steps.push({ at, act: { kind: 'gone' }, messages: 0 });
}

function lastReceived(response: Exchange['response']): TapeTime | undefined {
  return response?.body.arrivals.at(-1)?.[0];
}

/** What the recorded client saw before the body of the response, as far as it may have waited for it. */
export function headReceipts(recorded: Exchange): Receipts {
  const expects = fieldValue(recorded.request.head.fields, 'expect')?.toLowerCase() === '100-continue';
  const interim = recorded.interim?.find(({ head }) => head.status === 100);
  const { responseStart } = recorded.times;
  return [
    ...(expects && interim !== undefined ? [{ what: 'continue', count: 1, at: interim.at } as const] : []),
    ...(responseStart === undefined || recorded.response === undefined
      ? []
      : [{ what: 'head', count: 1, at: responseStart } as const]),
  ];
}

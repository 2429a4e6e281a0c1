import type { Exchange, TapeTime } from '../../../../tape/exchange.ts';
import { fieldValue } from '../../../../wire/http1/head.ts';
import type { OutgoingRequest } from '../../request/replace-body.ts';
import {
  type Receipts,
  type StreamAct,
  type StreamScript,
  type StreamStep,
  withNeeds,
} from '../stream/script.ts';

/** A stream laid out: whether its head ends the request already, and what comes behind it. */
export interface LaidStream {
  readonly endsWithHead: boolean;
  readonly script: StreamScript;
}

/** Bytes closer together than this, nanoseconds, are sent at once. */
const togetherNs = 50_000;
/** CANCEL (RFC 9113 section 7). */
const cancelled = 8;

/** Lays out what follows a head: the pieces of the body at their times, the end, or the moment when the client gave up. */
export function layStream(request: OutgoingRequest, recorded: Exchange, receipts: Receipts): LaidStream {
  const { requestStart: start, requestEnd } = recorded.times;
  const steps: Omit<StreamStep, 'need'>[] = pieces(request);
  const hasTrailers = (request.message.trailers?.length ?? 0) > 0;
  const endsWithHead =
    requestEnd !== undefined && steps.length === 0 && !hasTrailers && endsAtOnce(request, recorded);
  if (requestEnd !== undefined && !endsWithHead) addEnd(steps, requestEnd, hasTrailers);
  const gaveUp = givingUp(recorded);
  if (gaveUp !== undefined) {
    const at = recorded.failedAt ?? Math.max(start, steps.at(-1)?.at ?? start);
    steps.push({ at, act: gaveUp, messages: 0 });
  }
  return { endsWithHead, script: { start, steps: withNeeds(steps, receipts) } };
}

function pieces({ message, body }: OutgoingRequest): Omit<StreamStep, 'need'>[] {
  const parts: { at: TapeTime; from: number; to: number }[] = [];
  let from = 0;
  for (const [at, size] of message.body.arrivals) {
    const last = parts.at(-1);
    if (last !== undefined && at - last.at <= togetherNs) last.to += size;
    else parts.push({ at, from, to: from + size });
    from += size;
  }
  return parts
    .filter((part) => part.to > part.from)
    .map(({ at, from, to }) => ({
      at,
      act: { kind: 'data', bytes: body.subarray(from, to), end: false },
      messages: 0,
    }));
}

/** A request without a body: ended by its head, or (as far as the times tell) by an empty DATA frame behind it. */
function endsAtOnce({ message }: OutgoingRequest, { times }: Exchange): boolean {
  const { framing } = message.body;
  if (framing.kind === 'stream' && framing.endStreamInHeaders) return true;
  return framing.kind === 'none' || (times.requestEnd ?? 0) <= times.requestStart;
}

/** The end goes with the last piece where it came with it. */
function addEnd(steps: Omit<StreamStep, 'need'>[], requestEnd: TapeTime, hasTrailers: boolean): void {
  const last = steps.at(-1);
  if (last?.act.kind === 'data' && !hasTrailers && requestEnd - last.at <= togetherNs) {
    steps[steps.length - 1] = { ...last, act: { ...last.act, end: true } };
    return;
  }
  steps.push({ at: Math.max(requestEnd, last?.at ?? requestEnd), act: { kind: 'end' }, messages: 0 });
}

function givingUp({ failure, rst, times, failedAt }: Exchange): StreamAct | undefined {
  if (failure === 'client_rst') return { kind: 'reset', code: rst ?? cancelled };
  // Where the tape does not say when, a client that had sent all may as well have been there until the end.
  const isKnown = failedAt !== undefined || times.requestEnd === undefined;
  return failure === 'client_gone' && isKnown ? { kind: 'gone' } : undefined;
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

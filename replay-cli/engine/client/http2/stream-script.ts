import type { Exchange, TapeTime } from '../../../../tape/exchange.ts';
import type { OutgoingRequest } from '../../request/replace-body.ts';
import { addEnd, addGivingUp, endOfRequest, headReceipts, togetherNs } from '../stream/bounds.ts';
import type { CallView } from '../stream/call-view.ts';
import { type StreamScript, type UnmetStep, withNeeds } from '../stream/script.ts';

/** A stream laid out: whether its head ends the request already, and what comes behind it. */
export interface LaidStream {
  readonly endsWithHead: boolean;
  readonly script: StreamScript;
}

/** Lays out what follows a head: the pieces of the body at their times, the end, or the moment when the client gave up. */
export function layStream(
  request: OutgoingRequest,
  recorded: Exchange,
  view: CallView | undefined,
): LaidStream {
  const { requestStart: start } = recorded.times;
  const requestEnd = endOfRequest(recorded);
  const steps = pieces(request, view);
  const hasTrailers = (request.message.trailers?.length ?? 0) > 0;
  const endsWithHead =
    requestEnd !== undefined && steps.length === 0 && !hasTrailers && endsAtOnce(request, recorded);
  if (requestEnd !== undefined && !endsWithHead) addEnd(steps, requestEnd, hasTrailers);
  addGivingUp(steps, recorded);
  const receipts = [...headReceipts(recorded), ...(view?.received ?? [])];
  return { endsWithHead, script: { start, steps: withNeeds(steps, receipts) } };
}

function pieces({ message, body }: OutgoingRequest, view: CallView | undefined): UnmetStep[] {
  const parts: { at: TapeTime; from: number; to: number }[] = [];
  let from = 0;
  for (const [at, size] of message.body.arrivals) {
    const last = parts.at(-1);
    if (last !== undefined && at - last.at <= togetherNs) last.to += size;
    else parts.push({ at, from, to: from + size });
    from += size;
  }
  const endings = view?.sent.map(({ end }) => end) ?? [];
  let next = 0;
  return parts
    .filter((part) => part.to > part.from)
    .map(({ at, from: start, to }) => {
      const first = next;
      while ((endings[next] ?? Number.POSITIVE_INFINITY) <= to) next++;
      return {
        at,
        act: { kind: 'data', bytes: body.subarray(start, to), end: false },
        messages: next - first,
      };
    });
}

/** Whether a request without a body ended with its head; else an empty DATA frame behind it ended it. */
function endsAtOnce({ message }: OutgoingRequest, { times }: Exchange): boolean {
  const { framing } = message.body;
  if (framing.kind === 'stream' && framing.endStreamInHeaders) return true;
  return framing.kind === 'none' || (times.requestEnd ?? 0) <= times.requestStart;
}

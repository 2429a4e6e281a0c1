import type { Exchange } from '../../../../tape/exchange.ts';
import { addEnd, addGivingUp, endOfRequest, headReceipts } from '../stream/bounds.ts';
import type { CallView } from '../stream/call-view.ts';
import { contentOf } from '../stream/message-reader.ts';
import { type StreamScript, type UnmetStep, withNeeds } from '../stream/script.ts';

/**
 * Lays out a call: its messages at the times when their first bytes passed, the end, or the moment when the client gave
 * up. Undefined where a message cannot be opened, so that grpc-js could not compress it again.
 */
export function layCall(view: CallView, recorded: Exchange): StreamScript | undefined {
  const { requestStart: start } = recorded.times;
  const requestEnd = endOfRequest(recorded);
  const steps: UnmetStep[] = [];
  for (const [index, frame] of view.sent.entries()) {
    const bytes = contentOf(frame, view.encoding);
    if (bytes === undefined) return undefined;
    steps.push({ at: view.sentAt[index] ?? start, act: { kind: 'data', bytes, end: false }, messages: 1 });
  }
  if (requestEnd !== undefined) addEnd(steps, requestEnd, false);
  addGivingUp(steps, recorded);
  return { start, steps: withNeeds(steps, [...headReceipts(recorded), ...view.received]) };
}

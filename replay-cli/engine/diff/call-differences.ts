import type { Exchange } from '../../../tape/exchange.ts';
import type { Call } from '../../../wire/grpc/call.ts';
import type { Json } from '../../../wire/protobuf/json-value.ts';
import { type CallMessage, callMessages } from '../../messages/call-messages.ts';
import type { MessageViews } from '../../messages/message-views.ts';
import { callEndText } from '../call-end.ts';
import type { Content } from '../content.ts';
import type { CallEnd, Difference, Outcome } from '../port.ts';
import { bodyDifferences } from './body-differences.ts';
import type { HasMoved } from './difference.ts';

type Answered = Extract<Outcome, { kind: 'response' }>;

/** The call that a payload is, how it ended on the tape, and how its messages are read. */
export interface AsCall {
  readonly call: Call;
  readonly end: CallEnd;
  readonly views: MessageViews;
}

/** How a call ended, and its messages field by field; undefined where one side answered with something else. */
export function callDifferences(
  { call, end, views }: AsCall,
  response: NonNullable<Exchange['response']>,
  body: Uint8Array,
  outcome: Answered,
  hasMoved: HasMoved,
): readonly Difference[] | undefined {
  const before = callMessages(call, 'service', response.head, body, []);
  const after = callMessages(call, 'service', outcome.head, outcome.body, []);
  if (before === undefined || after === undefined) return undefined;
  const differences: Difference[] = [];
  const [was, is] = [endText(end), endText(outcome.call)];
  if (was !== is) differences.push({ where: 'status', recorded: was, replayed: is });
  // A call that failed before its first message differs by its end alone.
  const isEndAlone = was !== is && (before.length === 0 || after.length === 0);
  if (before.length !== after.length && !isEndAlone && response.body.dropped === undefined) {
    const [recorded, replayed] = [String(before.length), String(after.length)];
    differences.push({ where: 'messages', recorded, replayed });
  }
  for (const [index, message] of before.entries()) {
    const now = after[index];
    if (now === undefined) break;
    const where = `message ${message.number}`;
    const [recorded, replayed] = [message, now].map((one) => contentOf(call, one, views));
    if (recorded !== undefined && replayed !== undefined)
      differences.push(...bodyDifferences(recorded, replayed, hasMoved, where));
  }
  return differences;
}

function endText(end: CallEnd | undefined): string {
  return end === undefined || end === 'unknown' ? 'unknown' : callEndText(end);
}

function contentOf(call: Call, { from, content }: CallMessage, views: MessageViews): Content {
  const bytes = content ?? new Uint8Array();
  const json: Json | undefined = views.json(call, from, bytes);
  return json === undefined ? { kind: 'binary', bytes } : { kind: 'json', text: JSON.stringify(json) };
}

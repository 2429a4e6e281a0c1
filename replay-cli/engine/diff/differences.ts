import type {
  ExchangeWithBodies,
  HeaderField,
  ResponseHead,
  ResponseMessage,
} from '../../../tape/exchange.ts';
import { holdsEvents, isPlain } from '../../messages/event-body.ts';
import { readContent } from '../content.ts';
import type { Difference, Outcome } from '../port.ts';
import { bodyDifferences } from './body-differences.ts';
import { type AsCall, callDifferences } from './call-differences.ts';
import type { HasMoved } from './difference.ts';
import { eventContents } from './event-messages.ts';
import { headerDifferences, trailerDifferences, withoutCallEnd } from './header-differences.ts';
import { messageDifferences } from './message-differences.ts';
import { webSocketDifferences } from './websocket-messages.ts';

/** Differences that are listed of one payload. */
const listed = 200;

/**
 * Compares a replayed outcome with the recorded one: status, headers and body, of a call its end and its messages. Noise is
 * marked, not left out.
 */
export function differencesOf(
  recorded: ExchangeWithBodies,
  outcome: Outcome,
  hasMoved: HasMoved,
  asCall?: AsCall,
): readonly Difference[] {
  const { response, failure, rst } = recorded.exchange;
  if (outcome.kind === 'failure' || response === undefined) {
    // We have given up where the recorded client did.
    if (outcome.kind === 'failure' && outcome.failure === 'cancelled') return [];
    const before = describeEnd(response?.head, failure, rst);
    const after =
      outcome.kind === 'failure'
        ? describeEnd(outcome.head, outcome.failure, outcome.rst)
        : describeEnd(outcome.head, undefined, undefined);
    return before === after ? [] : [{ where: 'outcome', recorded: before, replayed: after }];
  }
  const differences: Difference[] = [];
  if (response.head.status !== outcome.head.status) {
    differences.push({
      where: 'status',
      recorded: statusLine(response.head),
      replayed: statusLine(outcome.head),
    });
  }
  const told = asCall === undefined ? (fields: readonly HeaderField[]) => fields : withoutCallEnd;
  differences.push(...headerDifferences(told(response.head.fields), told(outcome.head.fields), hasMoved));
  const messages = asCall && callDifferences(asCall, response, recorded.responseBody, outcome, hasMoved);
  if (messages !== undefined) differences.push(...messages);
  else if (response.body.lost === undefined && response.body.dropped === undefined)
    differences.push(...contentDifferences(recorded, response, outcome, hasMoved));
  differences.push(...trailerDifferences(response.trailers ?? [], outcome.trailers, hasMoved));
  return differences.slice(0, listed);
}

/**
 * Messages and events are compared one by one, all else as a whole. Of a response whose end is not on the tape, what came
 * beyond it is no difference.
 */
function contentDifferences(
  { exchange, responseBody }: ExchangeWithBodies,
  response: ResponseMessage,
  outcome: Extract<Outcome, { kind: 'response' }>,
  hasMoved: HasMoved,
): readonly Difference[] {
  const { framing } = response.body;
  const isOpen = exchange.times.responseEnd === undefined;
  if (framing.kind === 'websocket') {
    const before = { frames: framing.frames, body: responseBody };
    const after = { frames: outcome.frames ?? [], body: outcome.body };
    return webSocketDifferences(before, after, isOpen, hasMoved);
  }
  const { fields } = response.head;
  const cut = isOpen && isPlain(fields) ? outcome.body.subarray(0, responseBody.length) : outcome.body;
  const events = holdsEvents(fields) && holdsEvents(outcome.head.fields);
  const before = readContent(fields, responseBody);
  const after = readContent(outcome.head.fields, events ? outcome.body : cut);
  if (!events) return bodyDifferences(before, after, hasMoved);
  const had = eventContents(before);
  const have = eventContents(after);
  return messageDifferences('event', had, isOpen ? have.slice(0, had.length) : have, hasMoved);
}

function statusLine(head: ResponseHead): string {
  return head.reason === '' ? String(head.status) : `${head.status} ${head.reason}`;
}

function describeEnd(
  head: ResponseHead | undefined,
  failure: string | undefined,
  rst: number | undefined,
): string {
  const code = rst === undefined ? '' : ` ${rst}`;
  const plain = failure === undefined ? undefined : `${failure.replace(/^service_/, '')}${code}`;
  if (head === undefined) return plain ?? 'no response';
  return plain === undefined ? statusLine(head) : `${plain} behind ${statusLine(head)}`;
}

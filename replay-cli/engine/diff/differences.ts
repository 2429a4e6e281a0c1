import type { ExchangeWithBodies, ResponseHead, ResponseMessage } from '../../../tape/exchange.ts';
import { readContent } from '../content.ts';
import type { Difference, Outcome } from '../port.ts';
import { bodyDifferences } from './body-differences.ts';
import { type AsCall, callDifferences } from './call-differences.ts';
import type { HasMoved } from './difference.ts';
import { eventContents, holdsEvents } from './event-messages.ts';
import { headerDifferences, trailerDifferences } from './header-differences.ts';
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
  differences.push(...headerDifferences(response.head.fields, outcome.head.fields, hasMoved));
  const messages = asCall && callDifferences(asCall, response, recorded.responseBody, outcome, hasMoved);
  if (messages !== undefined) differences.push(...messages);
  else if (response.body.lost === undefined && response.body.dropped === undefined)
    differences.push(...contentDifferences(recorded, response, outcome, hasMoved));
  differences.push(...trailerDifferences(response.trailers ?? [], outcome.trailers, hasMoved));
  return differences.slice(0, listed);
}

/** Messages and events are compared one by one, all else as a whole. */
function contentDifferences(
  { responseBody }: ExchangeWithBodies,
  response: ResponseMessage,
  outcome: Extract<Outcome, { kind: 'response' }>,
  hasMoved: HasMoved,
): readonly Difference[] {
  const { framing } = response.body;
  if (framing.kind === 'websocket') {
    const after = { frames: outcome.frames ?? [], body: outcome.body };
    return webSocketDifferences({ frames: framing.frames, body: responseBody }, after, hasMoved);
  }
  const before = readContent(response.head.fields, responseBody);
  const after = readContent(outcome.head.fields, outcome.body);
  if (!holdsEvents(response.head.fields) || !holdsEvents(outcome.head.fields)) {
    return bodyDifferences(before, after, hasMoved);
  }
  return messageDifferences('event', eventContents(before), eventContents(after), hasMoved);
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

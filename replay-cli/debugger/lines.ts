import { STATUS_CODES } from 'node:http';
import { errorCodeName } from '../../wire/http2/error-codes.ts';
import { closeIn } from '../../wire/websocket/close.ts';
import { callEndText } from '../engine/call-end.ts';
import { closeText } from '../engine/diff/websocket-messages.ts';
import type { Outcome, Over, PayloadId, PayloadResult, ReplayEvent, Sending } from '../engine/port.ts';
import type { MessageViews } from '../messages/message-views.ts';
import { printable } from '../show/printable.ts';
import type { StepEvent } from './events.ts';

/** Characters of a string in a message that are shown; "show" has all. */
const longestString = 80;

type Passing = Extract<ReplayEvent, { kind: 'message' }>;

/** `[Sent] POST /cart (Payload ID: 1)`; with its service, where that is not the primary one. */
export function sentLine({ method, target, id, service }: Sending, primary: string): string {
  const to = service === primary ? '' : ` to ${printable(service)}`;
  return `[Sent] ${printable(method)} ${printable(target)} (Payload ID: ${id})${to}`;
}

/**
 * `[Received] 200 OK`, of a call `[Received] INTERNAL (13): no stock`, of a WebSocket `[Received] 101 Switching Protocols,
 * closed 1011 internal error`; with the payload's id where more than one was in flight.
 */
export function receivedLine({ id, over, outcome }: PayloadResult, alone: boolean): string {
  const of = alone ? '' : ` (Payload ID: ${id})`;
  if (outcome.kind === 'failure') return `[Failed] ${failureText(outcome, over)}${of}`;
  if (outcome.call !== undefined && outcome.call !== 'unknown')
    return `[Received] ${printable(callEndText(outcome.call))}${of}`;
  if (outcome.call === 'unknown') return `[Failed] the answer does not say how the call ended${of}`;
  const { frames, body } = outcome;
  const closed = frames && closeText(closeIn(frames, body));
  const end = closed === undefined ? '' : `, closed ${closed}`;
  const { status, reason, version } = outcome.head;
  // HTTP/2 sends no reason; the usual one is shown.
  const words = version === 'HTTP/2' ? (STATUS_CODES[status] ?? '') : reason;
  return `[Received] ${printable(`${`${status} ${words}`.trim()}${end}`)}${of}`;
}

/** `  → {"sku":"A1"}`, `  ← close 1000: bye`; with the payload's id where more than one was in flight. */
export function messageLine({ id, call, message }: Passing, views: MessageViews, alone: boolean): string {
  const of = alone ? '' : ` (Payload ID: ${id})`;
  return `${views.line(call, message.from, message.content(), message.label, longestString)}${of}`;
}

export const breakpointLine = '[Breakpoint hit in IDE]';

/** What is said of a payload in flight whose answer does not come. */
export function silenceLine(event: Extract<StepEvent, { event: 'no_answer_yet' }>): string {
  const flight = `Payload ID: ${event.payload} is in flight`;
  if (event.still_stopped) return `[No answer yet] the service is still stopped in the debugger (${flight})`;
  const recorded =
    event.recorded_ms === undefined ? '' : `, ${seconds(event.recorded_ms)} when it was recorded`;
  return `[No answer yet] after ${seconds(event.waited_ms)}${recorded}: perhaps slow, perhaps stopped in a debugger that cannot be seen from here (${flight})`;
}

/** What is said of a stream that has no end now, and had one after `recordedMs`, or none, when it was recorded. */
export function goesOnLine(id: PayloadId, recordedMs: number | undefined): string {
  const what =
    recordedMs === undefined
      ? 'it has no end on the tape either'
      : `it is open, and ended after ${seconds(recordedMs)} when it was recorded`;
  return `[Goes on] ${what} (Payload ID: ${id} is in flight)`;
}

const failureWords = {
  reset: 'the service reset the connection',
  closed: 'the service closed the connection before its answer was whole',
  refused: 'the service refused the connection',
  timeout: 'no whole answer in time',
  malformed: 'the answer is not HTTP/1',
  dropped: 'given up, since a new pass began',
  rst: 'the service reset the stream',
  cancelled: 'given up, as the recorded client did',
} as const;

function failureText({ failure, rst }: Extract<Outcome, { kind: 'failure' }>, { client }: Over): string {
  if (failure === 'malformed' && client !== 'http1' && client !== 'websocket')
    return 'the answer is not HTTP/2';
  const name = rst === undefined ? undefined : errorCodeName(rst);
  const code = rst === undefined ? '' : ` with ${name === undefined ? `code ${rst}` : `${name} (${rst})`}`;
  return `${failureWords[failure]}${code}`;
}

/** `payloads 2, 3 and 4` */
export function payloadsText(ids: readonly PayloadId[]): string {
  if (ids.length <= 1) return `payload ${ids[0] ?? ''}`;
  if (ids.length > 8) return `${ids.length} payloads from ${ids[0]} to ${ids.at(-1)}`;
  return `payloads ${ids.slice(0, -1).join(', ')} and ${ids.at(-1)}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

import type { Paint } from '../../program/paint.ts';
import { formatSize } from '../../program/quantity.ts';
import type {
  Body,
  BodyFraming,
  ExchangeWithBodies,
  HeaderField,
  RequestHead,
  ResponseHead,
} from '../../tape/exchange.ts';
import { type Gap, gapCauses } from '../../tape/gap.ts';
import { counted } from '../counted.ts';
import type { MessageViews, Side } from '../messages/message-views.ts';
import { eventMessages, socketMessages } from '../messages/stream-messages.ts';
import { readableBody } from './body-text.ts';
import { breakText } from './break-text.ts';
import { callText } from './call-text.ts';
import { printable } from './printable.ts';
import { streamLines } from './stream-text.ts';
import { formatMs } from './timeline.ts';

type Head = RequestHead | ResponseHead;

/** One exchange for people: heads as they were sent, bodies made readable, and what the tape says of it besides. */
export function payloadText(item: ExchangeWithBodies, paint: Paint, views: MessageViews): string {
  const { exchange } = item;
  const { request, response, interim = [], times } = exchange;
  const call = callText(item, views);
  const conversation = socketMessages(item);
  const events = eventMessages(item);
  const block = (from: Side, startLine: string, head: Head, body: Body, bytes: Uint8Array): string => {
    const notes = [...framingNotes(body.framing), ...missingNotes(body)];
    const stream = conversation ?? (from === 'service' ? events : undefined);
    const lines =
      call?.lines(from, head, body, bytes, notes, paint) ??
      (stream === undefined ? bodyLines(body, bytes, head.fields, paint) : streamNotes(body, notes, paint));
    const start = paint('cyan', `${from === 'client' ? '▶' : '◀'} ${startLine}`);
    return [start, ...fieldLines(head.fields), ...lines].join('\n');
  };
  const blocks = [
    `${paint('bold', `Payload ID: ${exchange.id}`)}  ${aboutLine(item)}`,
    block('client', requestLine(request.head), request.head, request.body, item.requestBody),
    trailerBlock(request.trailers, paint),
    ...interim.map(({ at, head }) =>
      [
        paint('cyan', `◀ ${statusLine(head)}`) + paint('dim', ` at ${formatMs(at)}`),
        ...fieldLines(head.fields),
      ].join('\n'),
    ),
  ];
  if (response === undefined) {
    blocks.push(paint('red', `◀ no response: ${breakText(exchange)}`));
  } else {
    blocks.push(
      block('service', statusLine(response.head), response.head, response.body, item.responseBody),
      streamLines(conversation ?? events ?? [], views, paint).join('\n'),
      trailerBlock(response.trailers, paint),
      call?.end(paint) ?? '',
    );
    if (exchange.failure !== undefined)
      blocks.push(paint('red', `the response broke off: ${breakText(exchange)}`));
  }
  for (const mark of exchange.triggers ?? []) {
    const detail = mark.detail === undefined ? '' : ` (${mark.detail})`;
    blocks.push(
      paint(
        'red',
        `trigger ${mark.trigger}${detail} at ${formatMs(mark.at)}: ${printable(mark.fingerprint)}`,
      ),
    );
  }
  for (const gap of exchange.gaps ?? []) {
    blocks.push(
      paint('yellow', `gap: ${counted(gap.count, gap.unit)}${placeOf(gap)}, ${gapCauses[gap.cause]}`),
    );
  }
  if (request.head.partial) blocks.push(paint('yellow', 'the fields of the request are not on the tape'));
  if (times.requestEnd === undefined)
    blocks.push(paint('yellow', 'the end of the request is not on the tape'));
  return blocks.filter((block) => block !== '').join('\n\n');
}

/** Where something that the sanitizers left out had stood. */
function placeOf({ cause, what }: Gap): string {
  return cause === 'unreadable' && what !== undefined ? ` of ${printable(what)} left out` : '';
}

function aboutLine({ exchange }: ExchangeWithBodies): string {
  const { times, connection, message: number, session, service, direction } = exchange;
  const end =
    times.responseEnd === undefined ? '' : `, took ${formatMs(times.responseEnd - times.requestStart)}`;
  const of = session === undefined ? '' : `, session ${printable(session)}`;
  return `${direction} ${printable(service)}, at ${formatMs(times.requestStart)}${end}, connection ${connection} message ${number}${of}`;
}

/** What is said of a body whose messages are listed. */
function streamNotes(body: Body, notes: readonly string[], paint: Paint): string[] {
  return ['', paint('dim', `[${[formatSize(body.size), ...notes].join('; ')}]`)];
}

function bodyLines(body: Body, bytes: Uint8Array, fields: readonly HeaderField[], paint: Paint): string[] {
  const notes = framingNotes(body.framing);
  const lost = missingNotes(body);
  if (body.size === 0)
    return lost.length === 0 ? [] : ['', paint('yellow', `[no body kept; ${lost.join('; ')}]`)];
  const readable = readableBody(bytes, fields);
  const told = [formatSize(body.size), ...notes, ...readable.notes, ...lost].join('; ');
  return ['', paint('dim', `[${told}]`), readable.text];
}

function framingNotes(framing: BodyFraming): string[] {
  switch (framing.kind) {
    case 'chunked':
      return [`in ${counted(framing.chunks.length, 'chunks')}`];
    case 'websocket':
      return [`in ${counted(framing.frames.length, 'frames')}`];
    default:
      return [];
  }
}

function missingNotes({ missed, lost, dropped }: Body): string[] {
  const notes: string[] = [];
  if (missed !== undefined) {
    const what = missed.bytes === undefined ? 'something' : formatSize(missed.bytes);
    notes.push(`${what} passed before: ${gapCauses[missed.cause]}`);
  }
  if (dropped !== undefined) {
    const causes = [...new Set(dropped.map(({ cause }) => gapCauses[cause]))].join(', ');
    notes.push(`${counted(dropped.length, 'messages')} of it were left out: ${causes}`);
  }
  if (lost !== undefined) notes.push(`${formatSize(lost.bytes)} more passed: ${gapCauses[lost.cause]}`);
  return notes;
}

function trailerBlock(trailers: readonly HeaderField[] | undefined, paint: Paint): string {
  if (trailers === undefined || trailers.length === 0) return '';
  return [paint('dim', '[trailers]'), ...fieldLines(trailers)].join('\n');
}

function fieldLines(fields: readonly HeaderField[]): string[] {
  return fields.map(([name, text, separator = ': ']) => printable(`${name}${separator}${text}`));
}

function requestLine({ method, target, version }: RequestHead): string {
  return printable(`${method} ${target} ${version}`);
}

function statusLine({ version, status, reason }: ResponseHead): string {
  return printable(`${version} ${status} ${reason}`.trimEnd());
}

import type { Paint } from '../../program/paint.ts';
import { formatSize } from '../../program/quantity.ts';
import type { Body, ExchangeWithBodies, HeaderField } from '../../tape/exchange.ts';
import { type Call, callOfExchange, encodingOf } from '../../wire/grpc/call.ts';
import { type CallOutcome, outcomeOf } from '../../wire/grpc/outcome.ts';
import { messageToJson } from '../../wire/protobuf/json.ts';
import type { Json } from '../../wire/protobuf/json-value.ts';
import { rpcStatusName } from '../../wire/protobuf/schema.ts';
import { counted } from '../counted.ts';
import { callEndText } from '../engine/call-end.ts';
import { type CallMessage, callMessages } from '../messages/call-messages.ts';
import type { MessageViews, Side } from '../messages/message-views.ts';
import { indentJson } from './indent-json.ts';
import { printable, printableLines } from './printable.ts';
import { formatMs } from './timeline.ts';

/** Messages of one stream that are listed. */
const listed = 1000;

/** A call for people. */
export interface CallText {
  /**
   * The messages of one side: of a single one its JSON in lines, of a stream a line each with its time. Undefined where
   * the body is none of a call. `notes` are what else is to be said of it.
   */
  lines(
    from: Side,
    head: Head,
    body: Body,
    bytes: Uint8Array,
    notes: readonly string[],
    paint: Paint,
  ): string[] | undefined;
  /** `INTERNAL (13): no stock`, with its details; undefined where the tape does not have the end. */
  end(paint: Paint): string | undefined;
}

interface Head {
  readonly fields: readonly HeaderField[];
  readonly status?: number;
}

/** Undefined where an exchange is no call. */
export function callText(item: ExchangeWithBodies, views: MessageViews): CallText | undefined {
  const call = callOfExchange(item.exchange);
  if (call === undefined) return undefined;
  return {
    lines: (from, head, body, bytes, notes, paint) => {
      const messages = callMessages(call, from, head, bytes, body.arrivals);
      if (messages === undefined || messages.length === 0) return undefined;
      const encoding = encodingOf(call, head.fields);
      const about = [formatSize(body.size), counted(messages.length, 'messages'), encoding, ...notes];
      const told = paint('dim', `[${about.filter((note) => note !== '').join('; ')}]`);
      return ['', told, ...messageLines(call, messages, views, paint)];
    },
    end: (paint) => endText(call, item, views, paint),
  };
}

function messageLines(
  call: Call,
  messages: readonly CallMessage[],
  views: MessageViews,
  paint: Paint,
): string[] {
  const [only] = messages;
  const json = only?.content && views.json(call, only.from, only.content);
  if (messages.length === 1 && json !== undefined) {
    const text = JSON.stringify(json);
    return [printableLines(indentJson(text) ?? text)];
  }
  const lines = messages.slice(0, listed).map(({ from, at, content }) => {
    const time = at === undefined ? '' : paint('dim', `  at ${formatMs(at)}`);
    return views.line(call, from, content) + time;
  });
  const left = messages.length - listed;
  return left > 0 ? [...lines, paint('dim', `[${left} more messages are not shown]`)] : lines;
}

function recordedOutcome(
  call: Call,
  { exchange: { response }, responseBody }: ExchangeWithBodies,
): CallOutcome | undefined {
  return response && outcomeOf(call, { ...response, body: responseBody });
}

function endText(
  call: Call,
  item: ExchangeWithBodies,
  views: MessageViews,
  paint: Paint,
): string | undefined {
  const outcome = recordedOutcome(call, item);
  if (outcome === undefined) return undefined;
  const details = detailsOf(outcome, views).map((detail) => `  ${printable(JSON.stringify(detail))}`);
  return [paint(outcome.code === 0 ? 'green' : 'red', printable(callEndText(outcome))), ...details].join(
    '\n',
  );
}

/** The messages that a status has beside its text. */
function detailsOf({ status, details = [] }: CallOutcome, { schemas }: MessageViews): readonly Json[] {
  if (status !== undefined) {
    const json = messageToJson(status, schemas.messages.get(rpcStatusName), schemas);
    const inside = typeof json === 'object' && json !== null && 'details' in json ? json.details : [];
    return Array.isArray(inside) ? inside : [];
  }
  return details.map(({ type, value }) => {
    const json = messageToJson(value, schemas.messages.get(type), schemas);
    return { '@type': type, value: json ?? Buffer.from(value).toString('base64') };
  });
}

/** A call for programs: its method, its messages as JSON, and how it ended. Undefined where an exchange is none. */
export function callJson(item: ExchangeWithBodies, views: MessageViews): object | undefined {
  const { exchange, requestBody, responseBody } = item;
  const call = callOfExchange(exchange);
  if (call === undefined) return undefined;
  const { request, response } = exchange;
  const sent = callMessages(call, 'client', request.head, requestBody, request.body.arrivals) ?? [];
  const received =
    response && callMessages(call, 'service', response.head, responseBody, response.body.arrivals);
  const outcome = recordedOutcome(call, item);
  return {
    method: call.path,
    messages: [...sent, ...(received ?? [])]
      .toSorted((a, b) => (a.at ?? 0) - (b.at ?? 0))
      .map(({ from, number, at, content }) => ({
        from,
        number,
        at,
        json: content === undefined ? undefined : views.json(call, from, content),
      })),
    ...(outcome === undefined
      ? {}
      : {
          outcome: {
            code: outcome.code,
            name: outcome.name,
            message: outcome.message,
            details: detailsOf(outcome, views),
          },
        }),
  };
}

import type { ExchangeWithBodies, HeaderField } from '../../tape/exchange.ts';
import { matchesGlob } from '../../tunnel/glob.ts';
import { grpcCodeName, grpcCodeNames, grpcCodeOf } from '../../tunnel/grpc-codes.ts';
import { type Call, callOfExchange } from '../../wire/grpc/call.ts';
import type { Json } from '../../wire/protobuf/json-value.ts';
import { recordedCallEnd } from '../engine/call-end.ts';
import { readContent } from '../engine/content.ts';
import type { CallEnd } from '../engine/port.ts';
import { callMessages } from '../messages/call-messages.ts';
import type { MessageViews, Side } from '../messages/message-views.ts';
import type { Condition } from './condition.ts';

/** Stops before the call that ended so on the tape, and after any that ends so now. Undefined for what is no code. */
export function grpcCondition(text: string): Condition | undefined {
  const code = /^\d{1,2}$/.test(text) ? Number(text) : grpcCodeOf(text.toUpperCase());
  if (code === undefined || grpcCodeNames[code] === undefined) return undefined;
  const is = (end: CallEnd | undefined): boolean =>
    end !== undefined && end !== 'unknown' && end.code === code;
  return {
    text: `grpc ${grpcCodeName(code)}`,
    before: (payload) => is(recordedEnd(payload)),
    after: ({ outcome }) => outcome.kind === 'response' && is(outcome.call),
  };
}

/** How the tape has the end of a call; undefined where a payload is none. */
export function recordedEnd({ exchange, responseBody }: ExchangeWithBodies): CallEnd | undefined {
  const call = callOfExchange(exchange);
  return call && recordedCallEnd(call, exchange, responseBody);
}

/**
 * Stops before a payload in whose messages, or JSON body, a field has that value, and after an answer in which one has.
 * `name` is a field's, or a path with those around it (`cart.id`), in the case of the schema or of JSON.
 */
export function fieldCondition(name: string, glob: string, views: MessageViews): Condition {
  const wanted = plain(name);
  const isThere = (json: Json | undefined): boolean => json !== undefined && holds(json, '', wanted, glob);
  return {
    text: `field ${name}=${glob}`,
    before: ({ exchange, requestBody }) => {
      const { head } = exchange.request;
      return contents(callOfExchange(exchange), 'client', head, requestBody, views).some(isThere);
    },
    after: ({ call, outcome }) =>
      outcome.kind === 'response' &&
      contents(call, 'service', outcome.head, outcome.body, views).some(isThere),
  };
}

/** What is in a message or a body, as far as it is JSON or can be shown so. */
function contents(
  call: Call | undefined,
  from: Side,
  head: { readonly fields: readonly HeaderField[]; readonly status?: number },
  body: Uint8Array,
  views: MessageViews,
): readonly (Json | undefined)[] {
  const messages = call && callMessages(call, from, head, body, []);
  if (call !== undefined && messages !== undefined)
    return messages.map(({ content }) => content && views.json(call, from, content));
  const content = readContent(head.fields, body);
  return content.kind === 'json' ? [parsed(content.text)] : [];
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether a value at or below `path` goes by the name and is as the glob says. */
function holds(json: Json, path: string, wanted: string, glob: string): boolean {
  if (Array.isArray(json)) return json.some((each) => holds(each, path, wanted, glob));
  if (typeof json === 'object' && json !== null) {
    return Object.entries(json).some(([name, value]) => holds(value, `${path}.${plain(name)}`, wanted, glob));
  }
  return path.endsWith(`.${wanted}`) && matchesGlob(glob, String(json));
}

/** `order_id` and `orderId` are one name. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll('_', '');
}

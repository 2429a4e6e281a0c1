import type { ExchangeWithBodies, TapeTime, WebSocketFrame } from '../../tape/exchange.ts';
import { eventsOf } from '../../wire/sse/event-stream.ts';
import { readClose } from '../../wire/websocket/close.ts';
import { messagesIn, type WebSocketMessage } from '../../wire/websocket/messages.ts';
import { holdsEvents, isPlain } from './event-body.ts';
import type { Side } from './message-views.ts';

/** A message of a WebSocket, or a server-sent event. */
export interface StreamMessage {
  readonly from: Side;
  readonly at: TapeTime;
  readonly content: Uint8Array;
  /** What it is, where it is no plain message: `ping`, `close 1011`, the type of an event. */
  readonly label?: string;
  /** Its end is not on the tape. */
  readonly cut?: true;
  /** Nothing of it is on the tape, since it could not be read. */
  readonly dropped?: true;
}

/** What both sides of a WebSocket sent, in the order in which it came, pongs left out; undefined for all else. */
export function socketMessages({
  exchange: { request, response },
  requestBody,
  responseBody,
}: ExchangeWithBodies): readonly StreamMessage[] | undefined {
  const [asked, answered] = [request.body.framing, response?.body.framing];
  if (asked.kind !== 'websocket' || answered?.kind !== 'websocket') return undefined;
  const sent = messagesIn(asked.frames, requestBody).map((message) =>
    asMessage('client', message, asked.frames),
  );
  const received = messagesIn(answered.frames, responseBody).map((message) =>
    asMessage('service', message, answered.frames),
  );
  return [...sent, ...received].flat().toSorted((a, b) => a.at - b.at);
}

function asMessage(
  from: Side,
  message: WebSocketMessage,
  frames: readonly WebSocketFrame[],
): readonly StreamMessage[] {
  const { kind, at, bytes, whole } = message;
  if (kind === 'pong') return [];
  const cut = {
    ...(whole ? {} : { cut: true as const }),
    ...(wasDropped(message, frames) ? { dropped: true as const } : {}),
  };
  if (kind !== 'close')
    return [{ from, at, content: bytes, ...(kind === 'ping' && { label: kind }), ...cut }];
  const { code, reason } = readClose(bytes);
  return [{ from, at, content: reason, label: code === undefined ? kind : `${kind} ${code}`, ...cut }];
}

function wasDropped({ bytes, places }: WebSocketMessage, frames: readonly WebSocketFrame[]): boolean {
  return bytes.length === 0 && places.some((place) => frames[place]?.lost?.cause === 'unreadable');
}

/** The events of a response; undefined where it is no stream of events, or its content coding hides them. */
export function eventMessages({
  exchange: { response },
  responseBody,
}: ExchangeWithBodies): readonly StreamMessage[] | undefined {
  if (response === undefined) return undefined;
  const { fields } = response.head;
  if (!holdsEvents(fields) || !isPlain(fields)) return undefined;
  return eventsOf(responseBody, response.body.arrivals).map(({ at, event, data }) => ({
    from: 'service',
    at,
    content: Buffer.from(data),
    ...(event !== 'message' && { label: event }),
  }));
}

import type { ExchangeWithBodies } from '../../../../tape/exchange.ts';
import { ArrivalTimes } from '../../../../wire/grpc/arrival-times.ts';
import { type Call, callOf, encodingOf } from '../../../../wire/grpc/call.ts';
import { type MessageFrame, readFrames } from '../../../../wire/grpc/messages.ts';
import type { OutgoingRequest } from '../../request/replace-body.ts';
import type { Receipts } from './script.ts';

/** A request as a call: its messages, and those of the recorded response with their times. */
export interface CallView {
  readonly call: Call;
  /** The compression of the request's messages; empty where it names none. */
  readonly encoding: string;
  /** Of the request as it is sent, with the times of the recorded one. */
  readonly sent: readonly MessageFrame[];
  /** Bytes behind the last whole message of the request. */
  readonly rest: number;
  /** When the first byte of each sent message passed, nanoseconds from tape start. */
  readonly sentAt: readonly number[];
  readonly received: Receipts;
}

/** Reads a request as a call; undefined where it is none. */
export function viewCall(request: OutgoingRequest, recorded: ExchangeWithBodies): CallView | undefined {
  const { head, body } = request.message;
  const call = callOf(head);
  if (call === undefined) return undefined;
  const encoding = encodingOf(call, head.fields);
  const { frames, rest } = readFrames(request.body, call.dialect, encoding, body.arrivals);
  const sent = frames.filter(({ kind }) => kind === 'message');
  const times = new ArrivalTimes(body.arrivals);
  const { requestStart } = recorded.exchange.times;
  const sentAt = sent.map(({ start }) => times.of(start) ?? requestStart);
  return { call, encoding, sent, rest, sentAt, received: receivedMessages(call, recorded) };
}

function receivedMessages(
  call: Call,
  { exchange: { response }, responseBody }: ExchangeWithBodies,
): Receipts {
  if (response === undefined) return [];
  const encoding = encodingOf(call, response.head.fields);
  const { frames } = readFrames(responseBody, call.dialect, encoding, response.body.arrivals);
  return frames
    .filter(({ kind }) => kind === 'message')
    .flatMap(({ at }, index) => (at === undefined ? [] : [{ what: 'messages', count: index + 1, at }]));
}

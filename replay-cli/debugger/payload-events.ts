import type { PayloadResult, ReplayEvent, ReplayTime } from '../engine/port.ts';
import { closeCodeOf } from '../engine/socket-end.ts';
import type { MessageViews } from '../messages/message-views.ts';
import type { StepEvent } from './events.ts';

type Passing = Extract<ReplayEvent, { kind: 'message' }>;

/** A message that went by, of a payload that was sent at `sentAt`. */
export function messageEvent(
  { id, call, message }: Passing,
  views: MessageViews,
  sentAt: ReplayTime | undefined,
): StepEvent {
  const { from, number, at, label } = message;
  const bytes = message.content();
  const content = call === undefined || bytes === undefined ? undefined : views.json(call, from, bytes);
  return {
    event: 'message',
    payload: id,
    ...{ from, number },
    after_ms: Math.max(0, Math.round(at - (sentAt ?? at))),
    bytes: bytes?.length ?? 0,
    ...(content === undefined ? {} : { content }),
    ...(label === undefined ? {} : { label }),
  };
}

/** How a payload ended. */
export function endEvent({ id, outcome, leftClass, sentAt, endAt }: PayloadResult): StepEvent {
  if (outcome.kind === 'failure') {
    const { failure, rst } = outcome;
    const code = rst === undefined ? {} : { rst };
    return { event: 'failed', payload: id, failure, ...code, left_class: leftClass };
  }
  const { head, call } = outcome;
  const closed = closeCodeOf(outcome);
  return {
    event: 'received',
    payload: id,
    status: head.status,
    reason: head.reason,
    ...(call === undefined || call === 'unknown'
      ? {}
      : { call: { code: call.code, name: call.name, message: call.message } }),
    ...(closed === undefined ? {} : { closed }),
    took_ms: Math.round(endAt - sentAt),
    left_class: leftClass,
  };
}

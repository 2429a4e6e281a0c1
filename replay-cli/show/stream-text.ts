import type { Paint } from '../../program/paint.ts';
import type { MessageViews } from '../messages/message-views.ts';
import type { StreamMessage } from '../messages/stream-messages.ts';
import { formatMs } from './timeline.ts';

/** Messages of one stream that are listed. */
const listed = 1000;

/** A line for each message of a stream, with its time. */
export function streamLines(
  messages: readonly StreamMessage[],
  views: MessageViews,
  paint: Paint,
): readonly string[] {
  const lines = messages.slice(0, listed).map((message) => {
    const { from, at, content, label } = message;
    return `${views.line(undefined, from, content, label)}${paint('yellow', missingWords(message))}${paint('dim', `  at ${formatMs(at)}`)}`;
  });
  const left = messages.length - listed;
  return left > 0 ? [...lines, paint('dim', `[${left} more messages are not shown]`)] : lines;
}

function missingWords({ cut, dropped }: StreamMessage): string {
  if (dropped) return ' [dropped: cannot be read]';
  return cut ? ' [cut off]' : '';
}

/** The messages of a stream for programs: text where it is text, else base64. */
export function streamJson(messages: readonly StreamMessage[]): readonly object[] {
  return messages.map(({ content, ...message }) => {
    const text = Buffer.from(content).toString();
    const isText = Buffer.from(text).equals(content);
    return { ...message, ...(isText ? { text } : { base64: Buffer.from(content).toString('base64') }) };
  });
}

import { eventsOf } from '../../../wire/sse/event-stream.ts';
import { type Content, textContent } from '../content.ts';
import type { MessageContent } from './message-differences.ts';

/** The events of a body whose content coding is taken off: those that are whole. Their ids are left to the data. */
export function eventContents(content: Content): readonly MessageContent[] {
  const bytes = content.kind === 'binary' ? content.bytes : Buffer.from(content.text);
  return eventsOf(bytes, [[0, bytes.length]]).map(({ event, data }) => ({
    kind: event,
    content: textContent(Buffer.from(data), true),
  }));
}

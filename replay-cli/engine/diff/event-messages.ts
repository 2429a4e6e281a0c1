import type { HeaderField } from '../../../tape/exchange.ts';
import { fieldValue } from '../../../wire/http1/head.ts';
import { eventsOf } from '../../../wire/sse/event-stream.ts';
import { type Content, textContent } from '../content.ts';
import type { MessageContent } from './message-differences.ts';

/** Whether a body is one of server-sent events. */
export function holdsEvents(fields: readonly HeaderField[]): boolean {
  const type = fieldValue(fields, 'content-type')?.split(';', 1)[0];
  return type?.trim().toLowerCase() === 'text/event-stream';
}

/** The events of a body whose content coding is taken off: those that are whole. Their ids are left to the data. */
export function eventContents(content: Content): readonly MessageContent[] {
  const bytes = content.kind === 'binary' ? content.bytes : Buffer.from(content.text);
  return eventsOf(bytes, [[0, bytes.length]]).map(({ event, data }) => ({
    kind: event,
    content: textContent(Buffer.from(data), true),
  }));
}

import type { HeaderField } from '../../tape/exchange.ts';
import { fieldValue } from '../../wire/http1/head.ts';

/** Whether a body is one of server-sent events. */
export function holdsEvents(fields: readonly HeaderField[]): boolean {
  const type = fieldValue(fields, 'content-type')?.split(';', 1)[0];
  return type?.trim().toLowerCase() === 'text/event-stream';
}

/** Whether a body has no content coding, so that its events come with its bytes. */
export function isPlain(fields: readonly HeaderField[]): boolean {
  return (fieldValue(fields, 'content-encoding') ?? 'identity').trim().toLowerCase() === 'identity';
}

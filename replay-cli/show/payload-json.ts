import type { ExchangeWithBodies } from '../../tape/exchange.ts';
import type { MessageViews } from '../messages/message-views.ts';
import { eventMessages, socketMessages } from '../messages/stream-messages.ts';
import { callJson } from './call-text.ts';
import { streamJson } from './stream-text.ts';

/**
 * One exchange for programs: as the tape has it, with the bytes of its bodies in base64, content coding left on;
 * of a call, a WebSocket and a stream of events its messages besides.
 */
export function payloadJson(item: ExchangeWithBodies, views: MessageViews): object {
  const { exchange, requestBody, responseBody } = item;
  const { request, response, ...rest } = exchange;
  const call = callJson(item, views);
  const stream = socketMessages(item) ?? eventMessages(item);
  return {
    ...rest,
    ...(call === undefined ? {} : { call }),
    ...(stream === undefined ? {} : { messages: streamJson(stream) }),
    request: { ...request, body: withBytes(request.body, requestBody) },
    ...(response === undefined
      ? {}
      : { response: { ...response, body: withBytes(response.body, responseBody) } }),
  };
}

function withBytes({ ref: _ref, ...body }: { readonly ref?: unknown }, bytes: Uint8Array): object {
  return { ...body, base64: Buffer.from(bytes).toString('base64') };
}

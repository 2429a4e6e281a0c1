import type { ExchangeWithBodies } from '../../tape/exchange.ts';
import type { MessageViews } from '../messages/message-views.ts';
import { callJson } from './call-text.ts';

/**
 * One exchange for programs: as the tape has it, with the bytes of its bodies in base64, content coding left on;
 * of a call its messages besides.
 */
export function payloadJson(item: ExchangeWithBodies, views: MessageViews): object {
  const { exchange, requestBody, responseBody } = item;
  const { request, response, ...rest } = exchange;
  const call = callJson(item, views);
  return {
    ...rest,
    ...(call === undefined ? {} : { call }),
    request: { ...request, body: withBytes(request.body, requestBody) },
    ...(response === undefined
      ? {}
      : { response: { ...response, body: withBytes(response.body, responseBody) } }),
  };
}

function withBytes({ ref: _ref, ...body }: { readonly ref?: unknown }, bytes: Uint8Array): object {
  return { ...body, base64: Buffer.from(bytes).toString('base64') };
}

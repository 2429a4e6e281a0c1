import type { ExchangeWithBodies } from '../../tape/exchange.ts';

/** One exchange for programs: as the tape has it, with the bytes of its bodies in base64, content coding left on. */
export function payloadJson({ exchange, requestBody, responseBody }: ExchangeWithBodies): object {
  const { request, response, ...rest } = exchange;
  return {
    ...rest,
    request: { ...request, body: withBytes(request.body, requestBody) },
    ...(response === undefined
      ? {}
      : { response: { ...response, body: withBytes(response.body, responseBody) } }),
  };
}

function withBytes({ ref: _ref, ...body }: { readonly ref?: unknown }, bytes: Uint8Array): object {
  return { ...body, base64: Buffer.from(bytes).toString('base64') };
}

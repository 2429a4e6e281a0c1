import type { RequestHead, ResponseHead } from '../../tape/exchange.ts';
import { cookieIn, cookieValue, fieldValue } from '../../wire/http1/head.ts';
import type { DecoderSettings } from './port.ts';

/**
 * The raw session of an exchange: what the request brought, else what the response gave to a client that had none (the
 * field of that name, or the cookie that a Set-Cookie field sets: RFC 6265 section 4.1).
 */
export function sessionOf(
  key: NonNullable<DecoderSettings['sessionKey']>,
  request: RequestHead,
  response: ResponseHead | undefined,
): string | undefined {
  if ('header' in key) {
    return fieldValue(request.fields, key.header) ?? fieldValue(response?.fields ?? [], key.header);
  }
  return cookieValue(request.fields, key.cookie) ?? cookieSet(response, key.cookie);
}

function cookieSet(response: ResponseHead | undefined, name: string): string | undefined {
  for (const [field, value] of response?.fields ?? []) {
    if (field.toLowerCase() !== 'set-cookie') continue;
    const found = cookieIn(value.split(';', 1)[0] ?? '', name);
    if (found !== undefined) return found;
  }
  return undefined;
}

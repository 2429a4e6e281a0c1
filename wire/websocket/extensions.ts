import type { HeaderField } from '../../tape/exchange.ts';

/** How one sender compresses (RFC 7692 section 7.1). */
export interface DeflateTerms {
  /** Whether a message may refer to the messages before it. */
  readonly takeover: boolean;
  /** log2 of the furthest distance that it may refer back, 8 to 15. */
  readonly windowBits: number;
}

/** What both sides agreed on; absent where nothing is compressed. */
export interface AgreedExtensions {
  readonly deflate?: { readonly client: DeflateTerms; readonly service: DeflateTerms };
}

/**
 * The extensions that the head of a 101 agrees to. `undefined` where one of them is not permessage-deflate, is told
 * twice, or has parameters that RFC 7692 does not know: what its frames mean cannot be told then.
 */
export function agreedExtensions(fields: readonly HeaderField[]): AgreedExtensions | undefined {
  const named = fields.filter(([name]) => name.toLowerCase() === 'sec-websocket-extensions');
  const agreed = named.flatMap(([, value]) => value.split(',')).filter((one) => one.trim() !== '');
  const [only] = agreed;
  if (only === undefined) return {};
  const [name = '', ...parameters] = only.split(';').map((part) => part.trim());
  if (agreed.length > 1 || name !== 'permessage-deflate') return undefined;
  const given = new Map(parameters.map(parameterOf));
  if (given.size !== parameters.length) return undefined;
  const client = termsOf('client', given);
  const service = termsOf('server', given);
  return client === undefined || service === undefined || given.size > 0
    ? undefined
    : { deflate: { client, service } };
}

/** `name`, `name=value` or `name="value"` (RFC 6455 section 9.1). */
function parameterOf(text: string): readonly [name: string, value: string | undefined] {
  const equals = text.indexOf('=');
  if (equals === -1) return [text, undefined];
  const value = text.slice(equals + 1).trim();
  return [text.slice(0, equals).trim(), value.replace(/^"(.*)"$/, '$1')];
}

/** Takes the parameters of one side out of `given`. */
function termsOf(
  side: 'client' | 'server',
  given: Map<string, string | undefined>,
): DeflateTerms | undefined {
  const [noTakeover, maxBits] = [`${side}_no_context_takeover`, `${side}_max_window_bits`];
  const takeover = !given.has(noTakeover);
  const bits = given.get(maxBits) ?? '15';
  const valid = given.get(noTakeover) === undefined && /^([89]|1[0-5])$/.test(bits);
  if (!valid || (given.has(maxBits) && given.get(maxBits) === undefined)) return undefined;
  given.delete(noTakeover);
  given.delete(maxBits);
  return { takeover, windowBits: Number(bits) };
}

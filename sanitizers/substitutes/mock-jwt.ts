import { isUtf8 } from 'node:buffer';
import { jwtParts } from './jwt-parts.ts';
import type { MockKeys } from './mock-keys.ts';

export interface MockJwtTools {
  readonly keys: MockKeys;
  /** Scrubs the claims, given as JSON text. */
  claims(json: string): string;
  /** Letters and digits of the same shape, for parts that are not to be read. */
  opaque(text: string): string;
}

/**
 * A token with the header and the (scrubbed) claims of `token`, signed with the tape's own key of the same family of
 * algorithms. Parts that hold no JSON (an encrypted token, a foreign payload) and signatures of an unknown algorithm
 * become letters of the same shape.
 */
export function mockJwt(token: string, tools: MockJwtTools): string {
  const parts = jwtParts(token);
  if (parts === undefined) return tools.opaque(token);
  const payload = mockPayload(parts.payload, tools);
  const signed = `${parts.header}.${payload}`;
  if (parts.signature === undefined) return signed;
  if (parts.signature === '') return `${signed}.`;
  if (parts.signature.includes('.')) return `${signed}.${tools.opaque(parts.signature)}`;
  const bytes = Buffer.from(parts.signature, 'base64url').length;
  const signature = tools.keys.sign(parts.algorithm, signed, bytes);
  return `${signed}.${signature?.toString('base64url') ?? tools.opaque(parts.signature)}`;
}

function mockPayload(payload: string, tools: MockJwtTools): string {
  if (payload === '') return '';
  const bytes = Buffer.from(payload, 'base64url');
  const text = bytes.toString('utf8');
  if (!isUtf8(bytes) || !/^\s*\{/.test(text)) return tools.opaque(payload);
  const scrubbed = tools.claims(text);
  return scrubbed === text ? payload : Buffer.from(scrubbed).toString('base64url');
}

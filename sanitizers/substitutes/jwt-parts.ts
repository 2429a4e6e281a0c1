/** A token in JWS compact form (RFC 7515 section 3.1), or one that was cut after its payload. */
export interface JwtParts {
  readonly header: string;
  readonly algorithm: string;
  readonly payload: string;
  /** `undefined` where the text ends with the payload; the parts of a JWE beyond the payload stand in it, dotted. */
  readonly signature: string | undefined;
}

/** Takes a token apart; `undefined` where the first part is not a JOSE header. */
export function jwtParts(token: string): JwtParts | undefined {
  const [header, payload, ...rest] = token.split('.');
  if (header === undefined || payload === undefined) return undefined;
  const decoded = decodeJson(header);
  if (decoded === undefined) return undefined;
  const algorithm = decoded.alg;
  if (typeof algorithm !== 'string' && typeof decoded.typ !== 'string') return undefined;
  return {
    header,
    algorithm: typeof algorithm === 'string' ? algorithm : '',
    payload,
    signature: rest.length === 0 ? undefined : rest.join('.'),
  };
}

/** A JOSE header is small; a longer text is not parsed. */
const headerLimit = 16 * 1024;

function decodeJson(part: string): Record<string, unknown> | undefined {
  if (part.length > headerLimit) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

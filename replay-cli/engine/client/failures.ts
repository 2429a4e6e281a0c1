/** Why a connection brings no more responses. */
export type ConnectionFailure = 'refused' | 'reset' | 'closed' | 'malformed' | 'timeout' | 'dropped';

const unreached = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
]);

/** What an error of a socket says of its connection. */
export function failureOf(error: NodeJS.ErrnoException): ConnectionFailure {
  if (error.code === 'ECONNRESET' || error.code === 'EPIPE') return 'reset';
  return error.code === undefined || unreached.has(error.code) ? 'refused' : 'closed';
}

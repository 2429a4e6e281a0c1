import { WantedNames } from './hpack/wanted-names.ts';

/** Names that a connection itself looks at; they have the first places of every list. */
const own = [
  ':method',
  ':path',
  ':authority',
  ':status',
  'content-type',
  'grpc-encoding',
  'connect-content-encoding',
] as const;

export const places = { method: 0, path: 1, authority: 2, status: 3, contentType: 4 } as const;

/** Fields without which the messages of a body cannot be read, with their places. */
export const messageFields = [
  [own[4], 4],
  [own[5], 5],
  [own[6], 6],
] as const;

/** The names whose values a sink wants of header blocks, besides the connection's own. Made once for many connections. */
export function wantedNames(more: readonly string[] = []): WantedNames {
  return new WantedNames([...new Set([...own, ...more])]);
}

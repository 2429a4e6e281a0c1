/** `malformed`: a breach of RFC 9113 or RFC 7541. `limit`: valid, but past what is kept of one connection. */
export type Http2OpaqueCause = 'malformed' | 'limit';

/** What was sent cannot be followed any further. Thrown within this folder alone; the connection tells `onOpaque`. */
export class Breach extends Error {
  readonly opaque: Http2OpaqueCause;

  constructor(opaque: Http2OpaqueCause, what: string) {
    super(what);
    this.opaque = opaque;
  }
}

/** Throws a breach of the protocol. */
export function malformed(what: string): never {
  throw new Breach('malformed', what);
}

/** Throws at a bound of ours. */
export function beyond(what: string): never {
  throw new Breach('limit', what);
}

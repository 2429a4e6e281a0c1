import type { Http2Session } from 'node:http2';
import type { ConnectionFailure } from '../failures.ts';
import { sessionFailure } from '../http2/http2-connection.ts';

const errors = new WeakMap<Http2Session, ConnectionFailure | undefined>();

/** What ended a session that someone else opened; undefined while it lives. Watches it from the first question on. */
export function lossOf(session: Http2Session): ConnectionFailure | undefined {
  if (!errors.has(session)) {
    errors.set(session, undefined);
    session.on('error', (error) => errors.set(session, sessionFailure(error)));
  }
  return errors.get(session) ?? (session.destroyed ? 'closed' : undefined);
}

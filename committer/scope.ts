import type { CommitRequest } from '../ledger/commit-request.ts';
import type { Exchange } from '../tape/exchange.ts';

/** Which exchanges of the window belong on the tape. */
export interface Scope {
  readonly kind: 'tunnel' | 'session';
  /** The raw session values, where the scope is `session`. */
  readonly sessions: ReadonlySet<string>;
}

/**
 * The scope of a tape that joins `requests`: the sessions of all, or the whole tunnel as soon as one of them asks for it
 * or has no session to ask for.
 */
export function scopeOf(requests: readonly CommitRequest[]): Scope {
  const sessions = new Set<string>();
  for (const { scope, session } of requests) {
    if (scope === 'tunnel' || session === undefined) return { kind: 'tunnel', sessions: new Set() };
    sessions.add(session);
  }
  return requests.length === 0 ? { kind: 'tunnel', sessions } : { kind: 'session', sessions };
}

export function isInScope({ kind, sessions }: Scope, { session }: Exchange): boolean {
  return kind === 'tunnel' || (session !== undefined && sessions.has(session));
}

import { DvrError } from '../../errors/index.ts';
import type { TunnelConfig } from '../../tunnel/config.ts';

/** What the flags of `record` say of the tunnel; `undefined` where they say nothing. */
export interface Narrowing {
  readonly sessionCookie: string | undefined;
  readonly sessionHeader: string | undefined;
  readonly scope: 'tunnel' | 'session' | undefined;
  readonly tail: number | undefined;
}

/** The tunnel with what the flags say instead. Throws `usage` where they contradict each other. */
export function narrowedTunnel(tunnel: TunnelConfig, flags: Narrowing): TunnelConfig {
  const { sessionCookie: cookie, sessionHeader: header } = flags;
  if (cookie !== undefined && header !== undefined) {
    throw new DvrError('usage', '--session-cookie and --session-header cannot both be the session key', {
      hint: 'Give one of them.',
    });
  }
  const given = cookie === undefined ? header && { header } : { cookie };
  const sessionKey = given || tunnel.capture.sessionKey;
  const scope = flags.scope ?? tunnel.commit.scope;
  if (scope === 'session' && sessionKey === undefined) {
    throw new DvrError('usage', '--scope session needs to know what tells sessions apart', {
      where: '--scope',
      hint: 'Give --session-cookie NAME or --session-header NAME.',
    });
  }
  return {
    ...tunnel,
    capture: { ...tunnel.capture, ...(sessionKey === undefined ? {} : { sessionKey }) },
    commit: { ...tunnel.commit, scope, tailMs: flags.tail ?? tunnel.commit.tailMs },
  };
}

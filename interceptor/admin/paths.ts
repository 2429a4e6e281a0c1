import type { AdminPaths } from '../../program/admin-server.ts';
import type { InterceptorState } from '../state.ts';
import { metricsOf } from './metrics.ts';

/**
 * `/live`, `/ready`, `/metrics`, `/state`, and `POST /commit` where `onCommit` is given. Ready means that traffic is
 * relayed; a ledger out of reach does not make it unready, since the traffic passes all the same.
 */
export function adminPaths(state: () => InterceptorState, onCommit?: () => void): AdminPaths {
  return {
    get: {
      '/live': () => ({ type: 'text/plain', body: 'live\n' }),
      '/ready': () => {
        const { phase } = state();
        const ready = phase === 'relaying';
        return { status: ready ? 200 : 503, type: 'text/plain', body: `${ready ? 'ready' : phase}\n` };
      },
      '/metrics': () => ({ type: 'text/plain; version=0.0.4', body: metricsOf(state()) }),
      '/state': () => ({ type: 'application/json', body: `${JSON.stringify(state(), null, 2)}\n` }),
    },
    ...(onCommit === undefined ? {} : { post: { '/commit': onCommit } }),
  };
}

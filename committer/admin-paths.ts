import type { AdminPaths } from '../program/admin-server.ts';
import type { CommitterMetrics } from './metrics.ts';

/** `/live` and `/metrics`. */
export function adminPaths({ registry }: CommitterMetrics): AdminPaths {
  return {
    get: {
      '/live': () => ({ type: 'text/plain', body: 'live\n' }),
      '/metrics': async () => ({ type: registry.contentType, body: await registry.metrics() }),
    },
  };
}

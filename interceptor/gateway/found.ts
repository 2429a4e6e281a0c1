import type { Came } from './request-fields.ts';
import type { Upstream } from './upstreams.ts';

/** Where a request goes, and what its service is told of it. */
export interface Found {
  readonly upstream: Upstream;
  /** Whom the request is for. */
  readonly host: string | undefined;
  readonly came: Came;
}

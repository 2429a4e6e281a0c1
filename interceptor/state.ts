import type { AppenderCounters } from '../ledger/port.ts';
import type { ObserverCounters } from './observe/counters.ts';
import type { ReflectionCounters } from './reflection/schema-recorder.ts';
import type { RelayCounters } from './relay/listener.ts';
import type { TlsCounters } from './relay/tls/counters.ts';

/** What an interceptor tells of itself: names and counts, never payload. */
export interface InterceptorState {
  readonly phase: 'starting' | 'relaying' | 'draining';
  readonly tunnel: string;
  readonly pod: string;
  readonly service: string;
  readonly uptimeSeconds: number;
  readonly rssBytes: number;
  readonly relay: RelayCounters;
  /** Where either side is encrypted. */
  readonly tls?: TlsCounters;
  readonly observer: Readonly<ObserverCounters>;
  /** Where the service is asked for the schemas of its messages. */
  readonly reflection?: Readonly<ReflectionCounters>;
  readonly ledger: AppenderCounters;
}
